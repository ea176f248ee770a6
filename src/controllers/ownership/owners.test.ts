import { expect, test } from 'vitest';
import type { Informer } from '../../client/informer.ts';
import type { ObjectMeta } from '../../objects/meta.ts';
import { ownerOf, ownersSelecting, type SelectingOwner } from './owners.ts';

function owner(name: string, matchLabels: Record<string, string>, namespace = 'default') {
  return { metadata: { name, namespace, uid: `uid-${name}` }, spec: { selector: { matchLabels } } };
}

const known: readonly SelectingOwner[] = [
  owner('web', { app: 'web' }),
  owner('all-web', { app: 'web' }),
  owner('db', { app: 'db' }),
  owner('elsewhere', { app: 'web' }, 'other'),
];

/** As much of an informer as is asked of it. */
const owners = {
  get: (key: string) =>
    known.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key),
  list: () => known.values(),
} as unknown as Informer<SelectingOwner>;

function controlledBy(kind: string, name: string, uid: string, controller = true): ObjectMeta {
  const reference = { apiVersion: 'apps/v1', kind, name, uid, controller };
  return { namespace: 'default', ownerReferences: [reference] };
}

test.each<[string, ObjectMeta, string | undefined]>([
  ['the one that is named', controlledBy('ReplicaSet', 'web', 'uid-web'), 'web'],
  ['not another of that name', controlledBy('ReplicaSet', 'web', 'uid-old'), undefined],
  ['not one of another kind', controlledBy('Job', 'web', 'uid-web'), undefined],
  ['not one that is gone', controlledBy('ReplicaSet', 'gone', 'uid-gone'), undefined],
  ['not one of another namespace', controlledBy('ReplicaSet', 'elsewhere', 'uid-web'), undefined],
  ['none that does not control', controlledBy('ReplicaSet', 'web', 'uid-web', false), undefined],
  ['none for an orphan', { namespace: 'default' }, undefined],
])('the owner is %s', (_name, metadata, expected) => {
  expect(ownerOf(owners, 'ReplicaSet', { metadata })?.metadata.name).toBe(expected);
});

test('an orphan may be adopted by all of its namespace that select it', () => {
  const metadata = { namespace: 'default', labels: { app: 'web', tier: 'x' } };
  const names = ownersSelecting(owners, { metadata }).map(({ metadata }) => metadata.name);
  expect(names).toEqual(['web', 'all-web']);
});
