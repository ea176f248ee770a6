import type { CoreV1Event } from '../../generated/types.ts';
import { validateImmutable } from '../core/immutable.ts';
import { type FieldError, invalid, Path, required } from '../field-error.ts';
import { dns1123Subdomain, qualifiedName } from '../names.ts';

const TEXT_LENGTH_MAX = 128;
const NOTE_LENGTH_MAX = 1024;
/** An event about an object without namespace lives in one of these. */
const CLUSTER_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system']);

/** What every event must satisfy, in whatever version of the API it is written. */
export function validateEvent(event: CoreV1Event): FieldError[] {
  const errors = event.eventTime ? validateNewStyle(event) : validateOldStyle(event);
  const namespace = event.metadata.namespace ?? '';
  const complaints = dns1123Subdomain(namespace);
  return [...errors, ...complaints.map((text) => invalid(Path.of('namespace'), namespace, text))];
}

function wrongNamespace(event: CoreV1Event): FieldError {
  const path = Path.of('involvedObject', 'namespace');
  return invalid(path, event.involvedObject?.namespace ?? '', 'does not match event.namespace');
}

function validateOldStyle(event: CoreV1Event): FieldError[] {
  const own = event.metadata.namespace ?? '';
  const other = event.involvedObject?.namespace ?? '';
  const good = other === '' ? own === '' || own === 'default' : own === other;
  return good ? [] : [wrongNamespace(event)];
}

function validateNewStyle(event: CoreV1Event): FieldError[] {
  const errors: FieldError[] = [];
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '' } = event;
  const inCluster = CLUSTER_NAMESPACES.has(event.metadata.namespace ?? '');
  if (!event.involvedObject?.namespace && !inCluster) errors.push(wrongNamespace(event));
  const controllerPath = Path.of('reportingController');
  if (reportingComponent === '') errors.push(required(controllerPath));
  for (const text of qualifiedName(reportingComponent)) {
    errors.push(invalid(controllerPath, reportingComponent, text));
  }
  const checkLength = (field: string, value: string, max: number) => {
    if (Buffer.byteLength(value) <= max) return;
    errors.push(invalid(Path.of(field), '', `can have at most ${max} characters`));
  };
  for (const [field, value] of Object.entries({ reportingInstance, action, reason })) {
    if (value === '') errors.push(required(Path.of(field)));
    checkLength(field, value, TEXT_LENGTH_MAX);
  }
  checkLength('message', event.message ?? '', NOTE_LENGTH_MAX);
  return errors;
}

function validateSeries({ series }: CoreV1Event): FieldError[] {
  if (series === undefined) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) {
    errors.push(invalid('series.count', '', 'should be at least 2'));
  }
  if (!series.lastObservedTime) errors.push(required('series.lastObservedTime'));
  return errors;
}

/** The further rules for a new event of events.k8s.io/v1. */
export function validateStrictCreate(event: CoreV1Event): FieldError[] {
  const errors = validateSeries(event);
  if (!event.eventTime) errors.push(required(Path.of('eventTime')));
  const { type = '', source } = event;
  if (type !== 'Normal' && type !== 'Warning') {
    errors.push(invalid(Path.of('type'), '', `has invalid value: ${type}`));
  }
  const unset = {
    firstTimestamp: event.firstTimestamp,
    lastTimestamp: event.lastTimestamp,
    count: event.count,
    source: source?.component || source?.host,
  };
  for (const [field, value] of Object.entries(unset)) {
    if (value) errors.push(invalid(Path.of(field), '', 'needs to be unset'));
  }
  return errors;
}

const IMMUTABLE = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'type',
  'eventTime',
  'action',
  'related',
] as const;

/** The rules for an update through events.k8s.io/v1: only the series may change. */
export function validateStrictUpdate(event: CoreV1Event, old: CoreV1Event): FieldError[] {
  const errors = IMMUTABLE.flatMap((field) =>
    validateImmutable(Path.of(field), event[field], old[field]),
  );
  return [
    ...(validateImmutable(Path.of('series'), event.series, old.series).length > 0
      ? validateSeries(event)
      : []),
    ...errors,
    ...validateImmutable(
      Path.of('reportingController'),
      event.reportingComponent ?? '',
      old.reportingComponent ?? '',
    ),
    ...validateImmutable(
      Path.of('reportingInstance'),
      event.reportingInstance ?? '',
      old.reportingInstance ?? '',
    ),
  ];
}
