import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN, TestServer } from '../../apiserver/testing/test-server.ts';
import { silentLog } from '../../base/log.ts';
import { Client } from '../../client/client.ts';
import { EventRecorder } from '../../client/event-recorder.ts';
import { Informer } from '../../client/informer.ts';
import { events, namespaces, pods, replicaSets } from '../../client/resources.ts';
import type { ReplicaSet } from '../../generated/types.ts';
import { ApiError, isReason } from '../../objects/api-error.ts';
import { kinds } from '../../objects/kinds.ts';
import { ReplicaSetController } from './replica-set-controller.ts';

type Request = Parameters<TestServer['server']['handler']>[0];

let server: TestServer;
let admin: Client;
/** Called before each request of the controller; what it throws or waits for the request meets. */
let before: (request: Request) => Promise<void> | void;
let stop: () => Promise<void>;

beforeEach(async () => {
  server = new TestServer(kinds);
  before = () => {};
  admin = new Client(server.server.handler, ADMIN);
  const metadata = { name: 'default' };
  await admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {} });
  await start();
});

afterEach(async () => {
  await stop();
  expect(server.clock.pending).toBe(0);
});

/** Starts a controller that knows what the API server tells, and nothing more. */
async function start(): Promise<void> {
  const { clock } = server;
  const ends = new AbortController();
  setMaxListeners(0, ends.signal);
  const handler: TestServer['server']['handler'] = async (request) => {
    await before(request);
    // What is asked of the API once the controller has ended never gets there.
    if (ends.signal.aborted) return new Promise(() => {});
    return server.server.handler(request);
  };
  const client = new Client(handler, ADMIN);
  const shared = { client, clock, log: silentLog };
  const informers = {
    pods: new Informer(client, clock, silentLog, pods),
    replicaSets: new Informer(client, clock, silentLog, replicaSets),
  };
  const recorder = new EventRecorder(admin, clock, silentLog, {
    component: 'replicaset-controller',
  });
  const controller = new ReplicaSetController({ ...shared, ...informers, recorder });
  const running = Promise.all([
    controller.start(ends.signal),
    informers.pods.run(ends.signal),
    informers.replicaSets.run(ends.signal),
  ]);
  stop = async () => {
    ends.abort();
    await running;
  };
  await clock.advance(100);
}

function make(replicas: number, name = 'web', node?: string): Promise<ReplicaSet> {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'all', uid: 'd' };
  const labels = { app: name };
  return admin.create(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { nodeName: node, containers: [{ name: 'c', image: 'i' }] },
      },
    },
  });
}

function scale(replicas: number): Promise<ReplicaSet> {
  const target = { name: 'web', namespace: 'default' };
  return admin.patch(replicaSets, target, 'merge', { spec: { replicas } });
}

async function count(): Promise<number> {
  return (await admin.list(pods)).items.length;
}

async function told(): Promise<string[]> {
  const { items } = await admin.list(events);
  return items.map(({ reason, message }) => `${reason}: ${message}`);
}

function creates({ method, path }: Request): boolean {
  return method === 'POST' && path.endsWith('/pods');
}

test('more than a burst is made in several', async () => {
  let asked = 0;
  before = (request) => {
    if (creates(request)) asked += 1;
  };
  await make(1_201);
  await server.clock.advance(1_000);
  expect([await count(), asked]).toEqual([1_201, 1_201]);
  expect((await admin.get(replicaSets, 'web', 'default')).status).toMatchObject({
    replicas: 1_201,
  });
});

test('one that ends in the middle and starts again makes no pod too many', async () => {
  let left = 10;
  let cut: () => void = () => {};
  const isCut = new Promise<void>((resolve) => {
    cut = resolve;
  });
  before = async (request) => {
    if (!creates(request)) return;
    if (left-- > 0) return;
    cut();
    await new Promise(() => {});
  };
  await make(40);
  await isCut;
  await stop();
  await server.clock.advance(0);
  expect(await count()).toBe(10);
  before = () => {};
  await start();
  await server.clock.advance(1_000);
  expect(await count()).toBe(40);
});

test('pods that the informer has not shown yet are not made again', async () => {
  const set = await make(3);
  await server.clock.advance(1_000);
  // The watch of pods ends, and what comes after it is not seen for a while.
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  await stop();
  let lists = 0;
  before = async ({ method, path, query }) => {
    if (method !== 'GET' || path !== '/api/v1/pods') return;
    if (query.has('watch')) await opened;
    else lists += 1;
  };
  await start();
  await scale(5);
  await server.clock.advance(1_000);
  expect([lists, await count()]).toEqual([1, 5]);
  const patch = { metadata: { annotations: { again: 'yes' } } };
  await admin.patch(replicaSets, { name: 'web', namespace: 'default' }, 'merge', patch);
  await server.clock.advance(60_000);
  expect(await count()).toBe(5);
  open();
  await server.clock.advance(1_000);
  expect(await count()).toBe(5);
  const { status } = await admin.get(replicaSets, 'web', 'default');
  expect(status).toMatchObject({ replicas: 5, observedGeneration: 2 });
  expect(set.metadata.generation).toBe(1);
});

test('where all would fail, few are tried, and later again', async () => {
  let tries = 0;
  before = (request) => {
    if (!creates(request)) return;
    tries += 1;
    throw new ApiError('Forbidden', 'exceeded quota');
  };
  await make(100);
  await server.clock.advance(0);
  // Once, and once more as it sees its own status.
  expect(tries).toBe(2);
  const failing = (await admin.get(replicaSets, 'web', 'default')).status;
  expect(failing?.conditions).toMatchObject([
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
  ]);
  expect(await told()).toEqual(['FailedCreate: Error creating: exceeded quota']);
  await server.clock.advance(1_000);
  expect(tries).toBeGreaterThan(3);
  before = () => {};
  await server.clock.advance(60_000);
  expect(await count()).toBe(100);
  const { status } = await admin.get(replicaSets, 'web', 'default');
  expect(status).not.toHaveProperty('conditions');
});

test('pods that cannot be removed are told of, those that are gone are not', async () => {
  await make(4);
  await server.clock.advance(1_000);
  const names = (await admin.list(pods)).items.map(({ metadata }) => metadata.name ?? '');
  before = async ({ method, path }) => {
    if (method !== 'DELETE') return;
    if (path.endsWith(`/${names[0]}`)) throw new ApiError('InternalError', 'stuck');
    // Somebody is faster.
    if (path.endsWith(`/${names[1]}`)) await admin.delete(pods, names[1] ?? '', 'default');
  };
  await scale(0);
  await server.clock.advance(0);
  expect((await admin.get(replicaSets, 'web', 'default')).status?.conditions).toMatchObject([
    { reason: 'FailedDelete', message: 'unable to delete pods: stuck' },
  ]);
  const deletions = (await told()).filter((text) => text.includes('Delet') || text.includes('del'));
  expect(deletions).toContain('FailedDelete: Error deleting: stuck');
  expect(deletions.join()).not.toContain(names[1]);
  before = () => {};
  await server.clock.advance(10_000);
  expect(await count()).toBe(0);
  const { status } = await admin.get(replicaSets, 'web', 'default');
  expect(status).toEqual({ replicas: 0, observedGeneration: 2 });
});

test('a status goes onto the newer set when somebody else was faster', async () => {
  let raced = false;
  before = async ({ method, path }) => {
    if (method !== 'PUT' || !path.endsWith('/status') || raced) return;
    raced = true;
    const patch = { metadata: { labels: { mine: 'yes' } } };
    await admin.patch(replicaSets, { name: 'web', namespace: 'default' }, 'merge', patch);
  };
  await make(1);
  await server.clock.advance(0);
  const { metadata, status } = await admin.get(replicaSets, 'web', 'default');
  expect([raced, metadata.labels, status?.replicas]).toEqual([true, { mine: 'yes' }, 1]);
});

test('a set that goes while its pods are made leaves its successor nothing to wait for', async () => {
  let pause: () => void = () => {};
  const paused = new Promise<void>((resolve) => {
    pause = resolve;
  });
  let reached: () => void = () => {};
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  before = async (request) => {
    if (!creates(request)) return;
    reached();
    await paused;
  };
  await make(2);
  await isReached;
  await admin.delete(replicaSets, 'web', 'default');
  const { metadata } = await make(2);
  await server.clock.advance(0);
  pause();
  await server.clock.advance(1_000);
  const { items } = await admin.list(pods);
  const owned = items.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid);
  expect(owned).toHaveLength(2);
});

test('a namespace that ends gets no pod, and nobody is told of a failure', async () => {
  let tries = 0;
  before = (request) => {
    if (!creates(request)) return;
    tries += 1;
    const causes = [{ reason: 'NamespaceTerminating', message: 'it ends' }];
    throw new ApiError('Forbidden', 'it ends', { causes });
  };
  await make(2);
  await server.clock.advance(60_000);
  expect(tries).toBe(2);
  expect(await told()).toEqual([]);
  const error = await admin.get(pods, 'x', 'default').catch((error) => error);
  expect(isReason(error, 'NotFound')).toBe(true);
});

test('of a Deployment, the pod goes that shares its node with pods of an old revision', async () => {
  await make(3, 'old', 'crowded');
  await make(1, 'web', 'crowded');
  await server.clock.advance(1_000);
  // By its age alone the second one would go.
  const template = { spec: { template: { spec: { nodeName: 'quiet' } } } };
  const target = { name: 'web', namespace: 'default' };
  await admin.patch(replicaSets, target, 'strategic', template);
  await scale(2);
  await server.clock.advance(1_000);
  const nodesOfWeb = async () => {
    const { items } = await admin.list(pods, { labelSelector: 'app=web' });
    const left = items.filter(({ metadata }) => !metadata.deletionTimestamp);
    return left.map(({ spec }) => spec.nodeName).sort();
  };
  expect(await nodesOfWeb()).toEqual(['crowded', 'quiet']);
  await scale(1);
  await server.clock.advance(1_000);
  expect(await nodesOfWeb()).toEqual(['quiet']);
});
