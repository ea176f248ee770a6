import type { CoreV1Event } from '../../generated/types.ts';
import { fieldTexts } from '../core/field-texts.ts';
import { column, nameColumn, wideColumn } from '../core/table-columns.ts';
import { humanAge } from '../human-duration.ts';
import type { CellsOf, Column } from '../kind.ts';

/** The columns of `kubectl get events`. */
export const eventColumns: readonly Column[] = [
  column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.'),
  column('Type', 'Type of this event (Normal, Warning), new types could be added in the future'),
  column(
    'Reason',
    'This should be a short, machine understandable string that gives the reason for the ' +
      "transition into the object's current status.",
  ),
  column('Object', 'The object that this event is about.'),
  wideColumn('Subobject', fieldTexts.fieldPath),
  wideColumn(
    'Source',
    'The component reporting this event. Should be a short machine understandable string.',
  ),
  column('Message', 'A human-readable description of the status of this operation.'),
  wideColumn(
    'First Seen',
    'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
  ),
  wideColumn('Count', 'The number of times this event has occurred.'),
  { ...nameColumn, priority: 1 },
];

/** `component, host`, from the old fields or, where they are empty, the new ones. */
function sourceText({ source, reportingComponent, reportingInstance }: CoreV1Event): string {
  const component = source?.component || reportingComponent || '';
  const host = source?.host || reportingInstance || '';
  return host === '' ? component : `${component}, ${host}`;
}

/** The row of one event. */
export const eventCells: CellsOf<CoreV1Event> = (event, now) => {
  const { involvedObject, series } = event;
  const firstSeen = humanAge(event.firstTimestamp || event.eventTime, now);
  const lastSeen = event.lastTimestamp ? humanAge(event.lastTimestamp, now) : firstSeen;
  const kind = (involvedObject?.kind ?? '').toLowerCase();
  return [
    series === undefined ? lastSeen : humanAge(series.lastObservedTime, now),
    event.type ?? '',
    event.reason ?? '',
    involvedObject?.name ? `${kind}/${involvedObject.name}` : kind,
    involvedObject?.fieldPath ?? '',
    sourceText(event),
    (event.message ?? '').trim(),
    firstSeen,
    // Events of the new form that happened once have no count.
    series?.count ?? (event.count || 1),
    event.metadata.name ?? '',
  ];
};
