import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, TestServer } from '../../apiserver/testing/test-server.ts';
import { silentLog } from '../../base/log.ts';
import { Client } from '../../client/client.ts';
import { EventRecorder } from '../../client/event-recorder.ts';
import { Informer } from '../../client/informer.ts';
import { nodes, pods } from '../../client/resources.ts';
import type { Pod, Toleration } from '../../generated/types.ts';
import { kinds } from '../../objects/kinds.ts';
import { planEviction } from './plan-eviction.ts';
import { TaintEvictor } from './taint-evictor.ts';

const PODS = '/api/v1/namespaces/default/pods';

let server: TestServer;
let stop: AbortController;
let running: Promise<unknown>;

beforeEach(async () => {
  server = new TestServer(kinds);
  stop = new AbortController();
  const { clock } = server;
  const client = new Client(server.server.handler, ADMIN);
  const informers = {
    pods: new Informer(client, clock, silentLog, pods),
    nodes: new Informer(client, clock, silentLog, nodes),
  };
  const recorder = new EventRecorder(client, clock, silentLog, { component: 'taint' });
  const evictor = new TaintEvictor({ client, clock, log: silentLog, recorder, ...informers });
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } });
  await server.call('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
  running = Promise.all([
    evictor.start(stop.signal),
    informers.pods.run(stop.signal),
    informers.nodes.run(stop.signal),
  ]);
  await clock.advance(100);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect(server.clock.pending).toBe(0);
});

async function addPod(name: string, tolerations: Toleration[] = []) {
  const containers = [{ name: 'c', image: 'i' }];
  const body = { metadata: { name }, spec: { containers, nodeName: 'n', tolerations } };
  expect((await server.call('POST', PODS, body)).status).toBe(201);
}

function taint(...taints: object[]) {
  const contentType = 'application/merge-patch+json';
  return server.call('PATCH', '/api/v1/nodes/n', { spec: { taints } }, { contentType });
}

/** The pods that nobody has asked to go. */
async function staying(): Promise<string[]> {
  const { value } = await server.call('GET', PODS);
  return value.items
    .filter(({ metadata }: Pod) => !metadata.deletionTimestamp)
    .map(({ metadata }: Pod) => metadata.name);
}

const lost = { key: 'lost', effect: 'NoExecute' };

test('pods go when their tolerance ends', async () => {
  await addPod('none');
  await addPod('short', [
    { key: 'lost', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]);
  await addPod('ever', [{ operator: 'Exists' }]);
  await taint(lost);
  await server.clock.advance(1_000);
  expect(await staying()).toEqual(['ever', 'short']);
  await server.clock.advance(300_000);
  expect(await staying()).toEqual(['ever']);
  const { value } = await server.call('GET', '/api/v1/namespaces/default/events');
  const messages = value.items.map(({ message }: { message: string }) => message);
  expect(messages).toContain('Marking for deletion Pod default/short');
});

test('a taint that goes in time spares them', async () => {
  await addPod('short', [
    { key: 'lost', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ]);
  await taint(lost);
  await server.clock.advance(200_000);
  await taint();
  await server.clock.advance(200_000);
  expect(await staying()).toEqual(['short']);
});

test.each<[string, Toleration[], object[], number | null]>([
  ['no taint that expels', [], [{ key: 'a', effect: 'NoSchedule' }], null],
  [
    'one taint not tolerated',
    [{ key: 'lost', operator: 'Exists' }],
    [lost, { key: 'b', effect: 'NoExecute' }],
    0,
  ],
  ['tolerated for ever', [{ key: 'lost', operator: 'Exists' }], [lost], null],
  [
    'the shortest tolerance',
    [
      { key: 'lost', operator: 'Exists', tolerationSeconds: 30 },
      { operator: 'Exists', tolerationSeconds: 20 },
      { key: 'other', tolerationSeconds: 1 },
    ],
    [lost],
    20_000,
  ],
  ['a negative tolerance', [{ operator: 'Exists', tolerationSeconds: -5 }], [lost], 0],
])('%s', (_name, tolerations, taints, delayMs) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    spec: { containers: [], tolerations },
  };
  expect(planEviction(pod, taints as never)).toBe(delayMs);
});
