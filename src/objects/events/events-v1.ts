import type { CoreV1Event, EventsV1Event } from '../../generated/types.ts';
import { defineKind } from '../kind.ts';
import type { KubeObject } from '../meta.ts';
import { dns1123Subdomain } from '../names.ts';
import { EVENT_TTL_MS, eventFields, setEventDefaults } from './event.ts';
import { eventCells, eventColumns } from './event-table.ts';
import { validateEvent, validateStrictCreate, validateStrictUpdate } from './event-validation.ts';

/** The older name of each field that changed its name. */
const OLDER_NAMES = {
  note: 'message',
  regarding: 'involvedObject',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const;

const NEWER_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(OLDER_NAMES).map(([newer, older]) => [older, newer]),
);

function rename(object: object, names: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [names[field] ?? field, value]),
  );
}

/** The event as the core group shows it. */
function toCoreEvent(event: EventsV1Event): CoreV1Event {
  const { eventTime, ...rest } = rename(event, OLDER_NAMES);
  return {
    involvedObject: {},
    ...rest,
    // A null time is upstream's way to write none.
    ...(eventTime ? { eventTime } : {}),
    apiVersion: 'v1',
  } as unknown as CoreV1Event;
}

/** The core group's event as events.k8s.io/v1 shows it, where eventTime is always there. */
function fromCoreEvent(event: CoreV1Event): EventsV1Event {
  return {
    ...rename(event, NEWER_NAMES),
    eventTime: event.eventTime ?? null,
    apiVersion: 'events.k8s.io/v1',
  } as unknown as EventsV1Event;
}

/** The names that field selectors of events.k8s.io/v1 know; the rest keep their names. */
function newerFieldName(field: string): string {
  if (field.startsWith('involvedObject.')) return field.replace('involvedObject', 'regarding');
  return field === 'reportingComponent' ? 'reportingController' : field;
}

/** Events, as events.k8s.io/v1 shows them: the same objects under newer names. */
export const eventsV1Kind = defineKind<EventsV1Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.events.v1.Event',
  storedAs: {
    group: '',
    version: 'v1',
    plural: 'events',
    fromStored: (stored) => fromCoreEvent(stored as unknown as CoreV1Event) as never,
    toStored(event) {
      const stored = toCoreEvent(event);
      setEventDefaults(stored);
      return stored as unknown as KubeObject;
    },
  },

  validateName: dns1123Subdomain,
  // Upstream's complaints name the fields as the core group does.
  validate: (event) => validateEvent(toCoreEvent(event)),
  validateCreate: (event) => validateStrictCreate(toCoreEvent(event)),
  update: {
    validateUpdate: (event, old) => validateStrictUpdate(toCoreEvent(event), toCoreEvent(old)),
  },
  createOnUpdate: true,
  subresources: {},

  columns: eventColumns,
  cells: (event, now) => eventCells(toCoreEvent(event) as never, now),
  fields(event) {
    const { source: _, ...fields } = eventFields(toCoreEvent(event));
    return Object.fromEntries(
      Object.entries(fields).map(([field, value]) => [newerFieldName(field), value]),
    );
  },
  fieldNames: [
    'regarding.kind',
    'regarding.namespace',
    'regarding.name',
    'regarding.uid',
    'regarding.apiVersion',
    'regarding.resourceVersion',
    'regarding.fieldPath',
    'reason',
    'reportingController',
    'type',
  ],
  timeToLiveMs: EVENT_TTL_MS,
});
