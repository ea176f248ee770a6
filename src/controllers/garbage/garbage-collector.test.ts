import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, TestServer } from '../../apiserver/testing/test-server.ts';
import { silentLog } from '../../base/log.ts';
import { Client } from '../../client/client.ts';
import { isStored } from '../../objects/kind.ts';
import { kinds } from '../../objects/kinds.ts';
import type { OwnerReference } from '../../objects/meta.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { type OwnerState, planDependent } from './plan-dependent.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

let server: TestServer;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  server = new TestServer(kinds);
  stop = new AbortController();
  const client = new Client(server.server.handler, ADMIN);
  const resources = kinds.filter((kind) => isStored(kind) && kind.plural !== 'events');
  const { clock } = server;
  const collector = new GarbageCollector({ client, clock, log: silentLog, resources });
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  running = collector.start(stop.signal);
  await clock.advance(100);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(server.clock.pending).toBe(0);
});

interface Made {
  readonly name: string;
  readonly uid: string;
}

async function make(
  name: string,
  owners: readonly Made[] = [],
  fields: object = {},
): Promise<Made> {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner.name,
    uid: owner.uid,
    blockOwnerDeletion: true,
  }));
  const { value } = await server.call('POST', MAPS, {
    metadata: { name, ownerReferences, ...fields },
  });
  expect(value.metadata?.name).toBe(name);
  return { name, uid: value.metadata.uid };
}

async function names(): Promise<string[]> {
  await server.clock.advance(1_000);
  const { value } = await server.call('GET', MAPS);
  return value.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
}

function remove({ name }: Made, propagationPolicy: string) {
  return server.call('DELETE', `${MAPS}/${name}?propagationPolicy=${propagationPolicy}`);
}

test('what a deleted object owned goes after it, all the way down', async () => {
  const owner = await make('owner');
  const middle = await make('middle', [owner]);
  await make('leaf', [middle]);
  await make('other');
  await remove(owner, 'Background');
  expect(await names()).toEqual(['other']);
});

test('an object with another owner stays and forgets the one that went', async () => {
  const [a, b] = [await make('a'), await make('b')];
  await make('shared', [a, b]);
  await remove(a, 'Background');
  expect(await names()).toEqual(['b', 'shared']);
  const { value } = await server.call('GET', `${MAPS}/shared`);
  expect(value.metadata.ownerReferences).toMatchObject([{ name: 'b' }]);
});

test('an object made for an owner that does not exist goes', async () => {
  await make('late', [{ name: 'never', uid: 'never' }]);
  expect(await names()).toEqual([]);
});

test('orphaned objects stay', async () => {
  const owner = await make('owner');
  await make('leaf', [owner]);
  await remove(owner, 'Orphan');
  expect(await names()).toEqual(['leaf']);
  const { value } = await server.call('GET', `${MAPS}/leaf`);
  expect(value.metadata).not.toHaveProperty('ownerReferences');
});

test('a foreground deletion ends when the last blocking dependent has gone', async () => {
  const owner = await make('owner');
  const middle = await make('middle', [owner]);
  await make('leaf', [middle], { finalizers: ['example.com/hold'] });
  await remove(owner, 'Foreground');
  expect(await names()).toEqual(['leaf', 'middle', 'owner']);
  const contentType = 'application/merge-patch+json';
  await server.call('PATCH', `${MAPS}/leaf`, { metadata: { finalizers: null } }, { contentType });
  expect(await names()).toEqual([]);
});

test('a foreground deletion without dependents ends at once', async () => {
  await remove(await make('owner'), 'Foreground');
  expect(await names()).toEqual([]);
});

test.each<[OwnerState[], object, boolean, object]>([
  [[], {}, false, { type: 'keep' }],
  [['solid', 'solid'], {}, false, { type: 'keep' }],
  [['solid', 'gone'], {}, false, { type: 'release', rest: [{ uid: '0' }] }],
  [['solid', 'waiting'], {}, true, { type: 'release' }],
  [['gone', 'gone'], {}, true, { type: 'delete', policy: 'Background' }],
  [['gone'], { finalizers: ['orphan'] }, true, { type: 'delete', policy: 'Orphan' }],
  [['waiting'], {}, true, { type: 'delete', policy: 'Foreground' }],
  [['waiting'], {}, false, { type: 'delete', policy: 'Background' }],
  [['gone'], { deletionTimestamp: 'now' }, false, { type: 'keep' }],
])('owners that are %j, metadata %j, dependents %j', (states, metadata, hasDependents, action) => {
  const ownerReferences = states.map((_, uid) => ({ uid: String(uid) }) as OwnerReference);
  const object = { apiVersion: 'v1', kind: 'X', metadata: { ...metadata, ownerReferences } };
  const stateOf = ({ uid }: OwnerReference) => states[Number(uid)]!;
  expect(planDependent(object, stateOf, hasDependents)).toMatchObject(action);
});
