import { expect, test } from 'vitest';
import type { Selector } from '../../objects/labels.ts';
import type { ObjectMeta } from '../../objects/meta.ts';
import { type Ownership, planOwnership } from './plan-ownership.ts';

const WANTED: Selector = [{ key: 'app', operator: '=', values: ['web'] }];
const MINE = { ownerReferences: [reference('me')] };
const FITS = { labels: { app: 'web' } };
const DELETED = { deletionTimestamp: '2026-01-02T03:04:05Z' };

function reference(uid: string, controller = true) {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid, controller };
}

test.each<[string, ObjectMeta, ObjectMeta, Ownership]>([
  ['an object that fits', {}, { ...MINE, ...FITS }, 'owned'],
  ['one that is being deleted', {}, { ...MINE, ...FITS, ...DELETED }, 'owned'],
  ['one that no longer fits', {}, MINE, 'release'],
  ['an orphan that fits', {}, FITS, 'adopt'],
  [
    'one with an owner that is no controller',
    {},
    { ...FITS, ownerReferences: [reference('other', false)] },
    'adopt',
  ],
  ['an orphan that does not fit', {}, {}, 'foreign'],
  ['an orphan that is being deleted', {}, { ...FITS, ...DELETED }, 'foreign'],
  ['an orphan of another namespace', {}, { ...FITS, namespace: 'other' }, 'foreign'],
  ["another's", {}, { ...FITS, ownerReferences: [reference('other')] }, 'foreign'],
  ['a deleted owner keeps its own', DELETED, { ...MINE, ...FITS }, 'owned'],
  ['a deleted owner releases nothing', DELETED, MINE, 'foreign'],
  ['a deleted owner adopts nothing', DELETED, FITS, 'foreign'],
])('%s', (_name, owner, object, expected) => {
  const place = { namespace: 'default' };
  const ownership = planOwnership(
    { metadata: { ...place, name: 'rs', uid: 'me', ...owner } },
    WANTED,
    { metadata: { ...place, ...object } },
  );
  expect(ownership).toBe(expected);
});

test('a selector that selects nothing lets go of what there is', () => {
  expect(planOwnership({ metadata: { uid: 'me' } }, null, { metadata: MINE })).toBe('release');
});
