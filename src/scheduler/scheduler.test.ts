import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, TestServer } from '../apiserver/testing/test-server.ts';
import { silentLog } from '../base/log.ts';
import { seededPrng } from '../base/prng.ts';
import { Client } from '../client/client.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import {
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../client/resources.ts';
import type { Node, Pod } from '../generated/types.ts';
import { kinds } from '../objects/kinds.ts';
import { Scheduler } from './scheduler.ts';

const CORE = '/api/v1';
const PODS = `${CORE}/namespaces/default/pods`;

let server: TestServer;
let stop: AbortController;
let running: Promise<unknown>;

beforeEach(async () => {
  server = new TestServer(kinds);
  stop = new AbortController();
  const { clock } = server;
  const client = new Client(server.server.handler, ADMIN);
  const options = {
    client,
    clock,
    log: silentLog,
    prng: seededPrng(1),
    recorder: new EventRecorder(client, clock, silentLog, { component: 'default-scheduler' }),
    pods: new Informer<Pod>(client, clock, silentLog, pods),
    nodes: new Informer<Node>(client, clock, silentLog, nodes),
    namespaces: new Informer(client, clock, silentLog, namespaces),
    persistentVolumes: new Informer(client, clock, silentLog, persistentVolumes),
    persistentVolumeClaims: new Informer(client, clock, silentLog, persistentVolumeClaims),
    storageClasses: new Informer(client, clock, silentLog, storageClasses),
  };
  const scheduler = new Scheduler(options);
  const { signal } = stop;
  await server.call('POST', `${CORE}/namespaces`, { metadata: { name: 'default' } });
  running = Promise.all([
    scheduler.start(signal),
    options.pods.run(signal),
    options.nodes.run(signal),
    options.namespaces.run(signal),
    options.persistentVolumes.run(signal),
    options.persistentVolumeClaims.run(signal),
    options.storageClasses.run(signal),
  ]);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(server.clock.pending).toBe(0);
});

async function addNode(name: string, cpu = '2') {
  const status = { allocatable: { cpu, memory: '4Gi', pods: '110' } };
  const labels = { 'kubernetes.io/hostname': name };
  const { status: code } = await server.call('POST', `${CORE}/nodes`, {
    metadata: { name, labels },
    status,
  });
  expect(code).toBe(201);
}

async function addPod(name: string, cpu: string, spec: object = {}, labels: object = {}) {
  const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu } } }];
  const body = { metadata: { name, labels }, spec: { containers, ...spec } };
  const { status, value } = await server.call('POST', PODS, body);
  expect(value.message).toBeUndefined();
  expect(status).toBe(201);
}

async function pod(name: string) {
  return (await server.call('GET', `${PODS}/${name}`)).value;
}

async function events(reason: string): Promise<{ message: string; count: number; type: string }[]> {
  const path = `${CORE}/namespaces/default/events?fieldSelector=reason=${reason}`;
  return (await server.call('GET', path)).value.items;
}

test('binds a pod and tells of it', async () => {
  await addNode('n');
  await addPod('p', '1');
  await server.clock.advance(100);
  const { spec, status } = await pod('p');
  expect(spec.nodeName).toBe('n');
  expect(status.conditions).toContainEqual(
    expect.objectContaining({ type: 'PodScheduled', status: 'True' }),
  );
  expect(await events('Scheduled')).toMatchObject([
    {
      type: 'Normal',
      message: 'Successfully assigned default/p to n',
      source: { component: 'default-scheduler' },
      involvedObject: { kind: 'Pod', name: 'p' },
    },
  ]);
});

test('spreads pods, counting those it has only just bound', async () => {
  await addNode('a');
  await addNode('b');
  for (let n = 0; n < 4; n++) await addPod(`p${n}`, '1');
  await server.clock.advance(100);
  const placed = await Promise.all(
    [0, 1, 2, 3].map(async (n) => (await pod(`p${n}`)).spec.nodeName),
  );
  expect(placed.sort()).toEqual(['a', 'a', 'b', 'b']);
});

test('says why a pod fits nowhere, and binds it once it fits', async () => {
  const why =
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.';
  await addNode('n');
  await addPod('first', '2');
  await server.clock.advance(100);
  await addPod('second', '1');
  await server.clock.advance(100);
  expect((await pod('second')).status.conditions).toMatchObject([
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: why },
  ]);
  expect(await events('FailedScheduling')).toMatchObject([
    { type: 'Warning', message: why, count: 1 },
  ]);
  await server.clock.advance(300_000);
  expect(await events('FailedScheduling')).toMatchObject([{ message: why, count: 2 }]);
  await server.call('DELETE', `${PODS}/first?gracePeriodSeconds=0`);
  await server.clock.advance(2_000);
  expect((await pod('second')).spec.nodeName).toBe('n');
});

test('with no node at all, the first node helps', async () => {
  await addPod('p', '1');
  await server.clock.advance(100);
  expect(await events('FailedScheduling')).toMatchObject([
    { message: 'no nodes available to schedule pods' },
  ]);
  await addNode('n');
  await server.clock.advance(1_000);
  expect((await pod('p')).spec.nodeName).toBe('n');
});

test('leaves alone gated pods until they are freed, and pods of other schedulers', async () => {
  await addNode('n');
  await addPod('gated', '1', { schedulingGates: [{ name: 'example.com/gate' }] });
  await addPod('foreign', '1', { schedulerName: 'other' });
  await server.clock.advance(100);
  expect((await pod('gated')).spec.nodeName).toBeUndefined();
  const free = { spec: { schedulingGates: null } };
  const contentType = 'application/merge-patch+json';
  const { status } = await server.call('PATCH', `${PODS}/gated`, free, { contentType });
  expect(status).toBe(200);
  await server.clock.advance(100);
  expect((await pod('gated')).spec.nodeName).toBe('n');
  expect((await pod('foreign')).spec.nodeName).toBeUndefined();
});

/** Required affinity to pods with the label a=b, on the same node. */
const SAME_NODE = {
  requiredDuringSchedulingIgnoredDuringExecution: [
    { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { a: 'b' } } },
  ],
};

test('a pod that wants company is bound when that comes', async () => {
  await addNode('n');
  await addPod('guest', '1', { affinity: { podAffinity: SAME_NODE } });
  await server.clock.advance(2_000);
  const [event] = await events('FailedScheduling');
  expect(event?.message).toContain("1 node(s) didn't match pod affinity rules");
  await addPod('host', '1', {}, { a: 'b' });
  await server.clock.advance(2_000);
  expect((await pod('guest')).spec.nodeName).toBe('n');
});

test('a pod that wants to be alone is bound when the other has gone', async () => {
  await addNode('n');
  // The second is looked at before the binding of the first is seen.
  for (const name of ['one', 'two']) {
    await addPod(name, '1', { affinity: { podAntiAffinity: SAME_NODE } }, { a: 'b' });
  }
  await server.clock.advance(2_000);
  const [event] = await events('FailedScheduling');
  expect(event?.message).toContain("1 node(s) didn't match pod anti-affinity rules");
  await server.call('DELETE', `${PODS}/one?gracePeriodSeconds=0`);
  await server.clock.advance(2_000);
  expect((await pod('two')).spec.nodeName).toBe('n');
});

test('a hundred pods are bound in a moment', async () => {
  await addNode('n', '100');
  for (let n = 0; n < 100; n++) await addPod(`p${n}`, '1');
  await server.clock.advance(100);
  const { items } = (await server.call('GET', `${PODS}?fieldSelector=spec.nodeName=n`)).value;
  expect(items).toHaveLength(100);
});
