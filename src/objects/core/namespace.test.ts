import { expect, test } from 'vitest';
import { namespaceKind } from './namespace.ts';
import { created, row, updated } from './written.ts';

test('a new namespace is active, labelled by its name and held by its finalizer', () => {
  const { object, errors } = created(namespaceKind, { spec: {}, status: { phase: 'Terminating' } });
  expect(errors).toEqual([]);
  expect(object).toMatchObject({
    metadata: { labels: { 'kubernetes.io/metadata.name': 'x' } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  expect(row(namespaceKind, object)).toMatchObject({ Name: 'x', Status: 'Active' });
});

test('a deleted namespace turns Terminating and stays while spec.finalizers hold it', () => {
  const { object } = created(namespaceKind, { spec: {} });
  namespaceKind.delete?.prepareForDelete?.(object, { now: 0 });
  expect(object.status).toEqual({ phase: 'Terminating' });
  expect(namespaceKind.delete?.held?.(object)).toMatch(/^The system is ensuring all content/);
  expect(namespaceKind.delete?.held?.({ ...object, spec: { finalizers: [] } })).toBeUndefined();
});

const before = { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };

test('a normal update keeps finalizers and status, finalize changes finalizers only', () => {
  const change = { spec: { finalizers: ['a.b/c'] }, status: { phase: 'Terminating' } };
  expect(updated(namespaceKind, before, change).object).toMatchObject(before);
  const { object, errors } = updated(namespaceKind, before, change, 'finalize');
  expect(errors).toEqual([]);
  expect(object).toMatchObject({ spec: change.spec, status: before.status });
});

test.each([
  [
    'a finalizer that is neither standard nor qualified',
    'finalize',
    { spec: { finalizers: ['mine'] } },
    'name is neither a standard finalizer name nor is it fully qualified',
  ],
  [
    'Terminating without deletionTimestamp',
    'status',
    { spec: {}, status: { phase: 'Terminating' } },
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  ],
  [
    'Active with deletionTimestamp',
    'status',
    {
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: {},
      status: { phase: 'Active' },
    },
    "may only be 'Terminating' if `deletionTimestamp` is not empty",
  ],
])('refuses %s', (_name, subresource, after, text) => {
  expect(updated(namespaceKind, before, after, subresource).errors.join()).toContain(text);
});
