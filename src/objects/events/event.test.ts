import { describe, expect, test } from 'vitest';
import { created, row, updated } from '../core/written.ts';
import type { KubeObject } from '../meta.ts';
import { eventKind } from './event.ts';
import { eventsV1Kind } from './events-v1.ts';

const old = {
  involvedObject: {
    kind: 'Pod',
    name: 'web',
    namespace: 'default',
    fieldPath: 'spec.containers{a}',
  },
  reason: 'BackOff',
  message: ' Back-off ',
  type: 'Warning',
  source: { component: 'kubelet', host: 'n1' },
  firstTimestamp: '2026-01-02T03:00:05Z',
  lastTimestamp: '2026-01-02T03:04:00Z',
  count: 4,
};
const fresh = {
  regarding: { kind: 'Pod', name: 'web', namespace: 'default' },
  reason: 'Scheduled',
  note: 'done',
  type: 'Normal',
  action: 'Binding',
  reportingController: 'default-scheduler',
  reportingInstance: 'default-scheduler-1',
  eventTime: '2026-01-02T03:04:00.000000Z',
};

const stored = (event: KubeObject) => eventsV1Kind.storedAs!.toStored(event) as KubeObject;
const shown = (event: KubeObject) => eventsV1Kind.storedAs!.fromStored(event) as KubeObject;

describe('conversion', () => {
  test('renames fields both ways and loses none', () => {
    const core = created(eventKind, old).object;
    const newer = shown(core);
    expect(newer).toMatchObject({
      apiVersion: 'events.k8s.io/v1',
      note: ' Back-off ',
      regarding: old.involvedObject,
      deprecatedSource: old.source,
      deprecatedFirstTimestamp: old.firstTimestamp,
      deprecatedLastTimestamp: old.lastTimestamp,
      deprecatedCount: 4,
      reportingController: '',
      eventTime: null,
    });
    expect(stored(newer)).toEqual(core);
  });

  test('of a new event, with its series', () => {
    const series = { count: 3, lastObservedTime: '2026-01-02T03:04:01.000000Z' };
    const core = stored(created(eventsV1Kind, { ...fresh, series }).object);
    expect(core).toMatchObject({
      apiVersion: 'v1',
      message: 'done',
      involvedObject: fresh.regarding,
      reportingComponent: 'default-scheduler',
      eventTime: fresh.eventTime,
      series,
      source: {},
    });
  });
});

describe('rows', () => {
  test.each<[string, object, object]>([
    [
      'the old form',
      old,
      {
        'Last Seen': '5s',
        Type: 'Warning',
        Reason: 'BackOff',
        Object: 'pod/web',
        Subobject: 'spec.containers{a}',
        Source: 'kubelet, n1',
        Message: 'Back-off',
        'First Seen': '4m',
        Count: 4,
        Name: 'x',
      },
    ],
    [
      'no times',
      { involvedObject: { kind: 'Node' } },
      { 'Last Seen': '<unknown>', Object: 'node', Count: 1 },
    ],
  ])('of %s', (_name, fields, cells) => {
    expect(row(eventKind, created(eventKind, fields).object)).toMatchObject(cells);
  });

  test('of the new form', () => {
    const series = { count: 3, lastObservedTime: '2026-01-02T03:04:03.000000Z' };
    const { object } = created(eventsV1Kind, { ...fresh, series });
    expect(row(eventsV1Kind, object)).toMatchObject({
      'Last Seen': '2s',
      'First Seen': '5s',
      Source: 'default-scheduler, default-scheduler-1',
      Count: 3,
    });
  });
});

describe('validation', () => {
  test.each<[string, object, string[]]>([
    ['a good old one', old, []],
    [
      'another namespace',
      { ...old, involvedObject: { kind: 'Pod', namespace: 'other' } },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    ['an object without namespace', { involvedObject: { kind: 'Node' } }, []],
    [
      'the new form left half empty',
      { ...old, eventTime: '2026-01-02T03:04:00.000000Z', reason: 'x'.repeat(129) },
      [
        'reportingController: Required value',
        'reportingController: Invalid value: "": name part must be non-empty',
        "reportingController: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        'reportingInstance: Required value',
        'action: Required value',
        'reason: Invalid value: "": can have at most 128 characters',
      ],
    ],
  ])('v1: %s', (_name, fields, errors) => {
    expect(created(eventKind, fields).errors).toEqual(errors);
  });

  test.each<[string, object, string[]]>([
    ['a good one', {}, []],
    [
      'the older fields',
      { deprecatedCount: 1, deprecatedSource: { host: 'a' }, type: 'Loud' },
      [
        'type: Invalid value: "": has invalid value: Loud',
        'count: Invalid value: "": needs to be unset',
        'source: Invalid value: "": needs to be unset',
      ],
    ],
    [
      'a series of one',
      { series: { count: 1 } },
      [
        'series.count: Invalid value: "": should be at least 2',
        'series.lastObservedTime: Required value',
      ],
    ],
  ])('events.k8s.io/v1: %s', (_name, fields, errors) => {
    expect(created(eventsV1Kind, { ...fresh, ...fields }).errors).toEqual(errors);
  });

  test('events.k8s.io/v1: only the series may change', () => {
    const series = { count: 2, lastObservedTime: '2026-01-02T03:04:01.000000Z' };
    expect(updated(eventsV1Kind, fresh, { ...fresh, series }).errors).toEqual([]);
    expect(updated(eventsV1Kind, fresh, { ...fresh, note: 'other' }).errors).toEqual([
      'message: Invalid value: "other": field is immutable',
    ]);
  });
});

test('the fields of both versions', () => {
  const { object } = created(eventKind, old);
  const fields = eventKind.fields?.(object) ?? {};
  expect(Object.keys(fields)).toEqual(eventKind.fieldNames);
  expect(fields).toMatchObject({
    'involvedObject.name': 'web',
    source: 'kubelet',
    type: 'Warning',
  });
  const newer = eventsV1Kind.fields?.(shown(object)) ?? {};
  expect(Object.keys(newer).sort()).toEqual([...(eventsV1Kind.fieldNames ?? [])].sort());
  expect(newer).toMatchObject({ 'regarding.name': 'web' });
});
