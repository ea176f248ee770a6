import type { CoreV1Event } from '../../generated/types.ts';
import { defineKind } from '../kind.ts';
import { eventCells, eventColumns } from './event-table.ts';
import { validateEvent } from './event-validation.ts';

/** Names of events only have to fit into a path. */
function pathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%']
    .filter((part) => name.includes(part))
    .map((part) => `may not contain '${part}'`);
}

/** Events are dropped an hour after they were last written. */
export const EVENT_TTL_MS = 60 * 60 * 1000;

/** Upstream's Go types always show these, even empty. */
export function setEventDefaults(event: CoreV1Event): void {
  event.reportingComponent ??= '';
  event.reportingInstance ??= '';
  event.source ??= {};
}

/** The fields of an event that field selectors of v1 know. */
export function eventFields(event: CoreV1Event): Readonly<Record<string, string>> {
  const object = event.involvedObject ?? {};
  return {
    'involvedObject.kind': object.kind ?? '',
    'involvedObject.namespace': object.namespace ?? '',
    'involvedObject.name': object.name ?? '',
    'involvedObject.uid': object.uid ?? '',
    'involvedObject.apiVersion': object.apiVersion ?? '',
    'involvedObject.resourceVersion': object.resourceVersion ?? '',
    'involvedObject.fieldPath': object.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || event.reportingComponent || '',
    type: event.type ?? '',
  };
}

/** Events, as the core group shows them. They are stored in this form. */
export const eventKind = defineKind<CoreV1Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',

  validateName: pathSegmentName,
  defaults: setEventDefaults,
  validate: validateEvent,
  update: {},
  createOnUpdate: true,
  subresources: {},

  columns: eventColumns,
  cells: eventCells,
  fields: eventFields,
  fieldNames: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  timeToLiveMs: EVENT_TTL_MS,
});
