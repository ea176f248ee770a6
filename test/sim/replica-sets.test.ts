import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  events,
  namespaces,
  pods,
  replicaSets,
  serviceAccounts,
} from '../../src/client/resources.ts';
import type { Pod, ReplicaSet, ReplicaSetSpec } from '../../src/generated/types.ts';
import { isReason } from '../../src/objects/api-error.ts';
import { SimCluster } from './sim-cluster.ts';

const LABELS = { app: 'web' };
let sim: SimCluster;

beforeEach(async () => {
  sim = await SimCluster.start(1);
});

afterEach(async () => {
  // Containers would go on after the cluster's end, and their timers with them.
  for (const { metadata } of (await sim.admin.list(replicaSets)).items) {
    await sim.admin.delete(replicaSets, metadata.name ?? '', metadata.namespace);
  }
  await sim.clock.advance(60_000);
  for (const name of await names()) await sim.admin.delete(pods, name, 'default');
  await sim.clock.advance(60_000);
  await sim.stop();
  expect(sim.clock.pending).toBe(0);
});

function webSet(replicas: number, spec: Partial<ReplicaSetSpec> = {}, name = 'web'): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: { ...LABELS, extra: 'yes' }, annotations: { note: 'x' } },
        spec: { containers: [{ name: 'web', image: 'nginx' }], terminationGracePeriodSeconds: 1 },
      },
      ...spec,
    },
  };
}

/** What takes its time to end. */
const SLOW_TO_END = {
  metadata: { labels: LABELS },
  spec: {
    containers: [
      { name: 'web', image: 'nginx', lifecycle: { preStop: { sleep: { seconds: 20 } } } },
    ],
  },
};

/** They stay without a node, so that only the set works. */
const NOWHERE = {
  metadata: { labels: LABELS },
  spec: { containers: [{ name: 'web', image: 'nginx' }], nodeSelector: { nowhere: 'yes' } },
};

async function run(replicas: number, spec: Partial<ReplicaSetSpec> = {}): Promise<void> {
  await sim.admin.create(replicaSets, webSet(replicas, spec));
  await sim.clock.advance(5_000);
}

async function scale(replicas: number): Promise<void> {
  await patchSet({ spec: { replicas } });
  await sim.clock.advance(5_000);
}

function patchSet(patch: object): Promise<ReplicaSet> {
  return sim.admin.patch(replicaSets, { name: 'web', namespace: 'default' }, 'merge', patch);
}

async function status(): Promise<ReplicaSet['status']> {
  return (await sim.admin.get(replicaSets, 'web', 'default')).status;
}

async function all(namespace = 'default'): Promise<readonly Pod[]> {
  return (await sim.admin.list(pods, { namespace })).items;
}

async function names(): Promise<string[]> {
  return (await all()).map(({ metadata }) => metadata.name ?? '');
}

/** What is told of `web`, as `reason: message`, in order. */
async function told(): Promise<string[]> {
  const { items } = await sim.admin.list(events, { namespace: 'default' });
  return items
    .filter(({ involvedObject }) => involvedObject.kind === 'ReplicaSet')
    .map(({ reason, message }) => `${reason}: ${message}`);
}

function patchPod(name: string, patch: object, subresource?: string): Promise<Pod> {
  return sim.admin.patch(pods, { name, namespace: 'default', subresource }, 'strategic', patch);
}

test('a set makes its pods from its template, and says so', async () => {
  await run(2);
  const made = await all();
  const set = await sim.admin.get(replicaSets, 'web', 'default');
  expect(made).toHaveLength(2);
  for (const { metadata, spec } of made) {
    expect(metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(metadata).toMatchObject({
      generateName: 'web-',
      labels: { app: 'web', extra: 'yes' },
      annotations: { note: 'x' },
    });
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web',
        uid: set.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(spec.containers[0]).toMatchObject({ name: 'web', image: 'nginx' });
  }
  expect(set.status).toEqual({
    replicas: 2,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    observedGeneration: 1,
  });
  const messages = made.map(({ metadata }) => `SuccessfulCreate: Created pod: ${metadata.name}`);
  expect((await told()).sort()).toEqual(messages.sort());
});

test('it grows and shrinks, to nothing if asked', async () => {
  await run(1);
  const [first = ''] = await names();
  await scale(3);
  expect(await names()).toHaveLength(3);
  expect(await status()).toMatchObject({ replicas: 3, readyReplicas: 3, observedGeneration: 2 });
  await scale(1);
  // The oldest stays.
  expect(await names()).toEqual([first]);
  const gone = (await told()).filter((text) => text.startsWith('SuccessfulDelete'));
  expect(gone).toHaveLength(2);
  expect(gone).not.toContain(`SuccessfulDelete: Deleted pod: ${first}`);
  await scale(0);
  expect(await all()).toEqual([]);
  expect(await status()).toEqual({ replicas: 0, observedGeneration: 4 });
});

test('a pod that is deleted is replaced before it has ended', async () => {
  await run(2, { template: SLOW_TO_END });
  const [victim = '', other = ''] = await names();
  await sim.admin.delete(pods, victim, 'default');
  await sim.clock.advance(0);
  expect(await names()).toHaveLength(3);
  expect(await status()).toMatchObject({ replicas: 2 });
  await sim.clock.advance(40_000);
  expect(await names()).toHaveLength(2);
  expect(await names()).toContain(other);
});

test('a pod that fails is replaced, and stays to be looked at', async () => {
  await run(1, { template: NOWHERE });
  const [failed = ''] = await names();
  await patchPod(failed, { status: { phase: 'Failed', reason: 'Evicted' } }, 'status');
  await sim.clock.advance(5_000);
  const pair = await all();
  expect(pair).toHaveLength(2);
  expect(pair.find(({ metadata }) => metadata.name === failed)?.status?.phase).toBe('Failed');
  expect(await status()).toEqual({ replicas: 1, fullyLabeledReplicas: 1, observedGeneration: 1 });
});

test('a pod that loses its label is let go and replaced; with it again it is one too many', async () => {
  await run(2);
  const [lost = ''] = await names();
  await patchPod(lost, { metadata: { labels: { app: 'debug' } } });
  await sim.clock.advance(5_000);
  expect(await names()).toHaveLength(3);
  const released = await sim.admin.get(pods, lost, 'default');
  expect(released.metadata.ownerReferences).toBeUndefined();
  await patchPod(lost, { metadata: { labels: { app: 'web' } } });
  await sim.clock.advance(5_000);
  expect(await names()).toHaveLength(2);
});

test('pods that fit are adopted instead of made', async () => {
  const { template } = webSet(1).spec;
  const metadata = { name: 'bare', namespace: 'default', labels: LABELS };
  await sim.admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: structuredClone(template?.spec ?? { containers: [] }),
  });
  await run(2);
  const set = await sim.admin.get(replicaSets, 'web', 'default');
  expect(await names()).toHaveLength(2);
  const bare = await sim.admin.get(pods, 'bare', 'default');
  expect(bare.metadata.ownerReferences).toMatchObject([
    { uid: set.metadata.uid, controller: true },
  ]);
  expect(set.status).toMatchObject({ replicas: 2, fullyLabeledReplicas: 1 });
});

test('of the pods that run, the cheapest go', async () => {
  await run(3);
  const [a = '', b = '', c = ''] = await names();
  const cost = (value: string) => ({
    metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } },
  });
  await patchPod(a, cost('-5'));
  await patchPod(c, cost('-10'));
  await scale(2);
  expect(await names()).toEqual([a, b]);
  await scale(1);
  expect(await names()).toEqual([b]);
});

test('pods that cannot be made are told of, and made once they can', async () => {
  const spec = {
    containers: [{ name: 'web', image: 'nginx' }],
    serviceAccountName: 'later',
  };
  await run(3, { template: { metadata: { labels: LABELS }, spec } });
  const message =
    'pods "web-" is forbidden: error looking up service account default/later: ' +
    'serviceaccount "later" not found';
  const failed = await status();
  expect(failed).toMatchObject({ replicas: 0, observedGeneration: 1 });
  expect(failed?.conditions).toMatchObject([
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message },
  ]);
  expect(await told()).toContain(`FailedCreate: Error creating: ${message}`);
  const account = { name: 'later', namespace: 'default' };
  await sim.admin.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: account,
  });
  await sim.clock.advance(60_000);
  expect(await status()).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    observedGeneration: 1,
  });
});

test('a ready pod is available when it has been so for minReadySeconds', async () => {
  await run(1, { minReadySeconds: 20 });
  expect(await status()).toMatchObject({ readyReplicas: 1 });
  expect(await status()).not.toHaveProperty('availableReplicas');
  await sim.clock.advance(10_000);
  expect(await status()).not.toHaveProperty('availableReplicas');
  await sim.clock.advance(10_000);
  expect(await status()).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
});

test('two hundred pods are made at once, and none too many', async () => {
  await run(200, { template: NOWHERE });
  expect(await names()).toHaveLength(200);
  expect(await status()).toMatchObject({ replicas: 200, fullyLabeledReplicas: 200 });
  await scale(0);
  expect(await all()).toEqual([]);
});

test('its pods go with it', async () => {
  await run(2);
  await sim.admin.delete(replicaSets, 'web', 'default', { propagationPolicy: 'Background' });
  await sim.clock.advance(10_000);
  expect(await all()).toEqual([]);
});

test('in the foreground it waits for its pods, and makes no new ones', async () => {
  await run(2, { template: SLOW_TO_END });
  const before = await names();
  await sim.admin.delete(replicaSets, 'web', 'default', { propagationPolicy: 'Foreground' });
  await sim.clock.advance(5_000);
  expect(await names()).toEqual(before);
  const { metadata } = await sim.admin.get(replicaSets, 'web', 'default');
  expect(metadata.finalizers).toEqual(['foregroundDeletion']);
  await sim.clock.advance(30_000);
  expect(await all()).toEqual([]);
  const gone = await sim.admin.get(replicaSets, 'web', 'default').catch((error) => error);
  expect(isReason(gone, 'NotFound')).toBe(true);
});

test('orphaned pods stay, and a new set of that name takes them over', async () => {
  await run(2);
  const before = await names();
  await sim.admin.delete(replicaSets, 'web', 'default', { propagationPolicy: 'Orphan' });
  await sim.clock.advance(5_000);
  expect(await names()).toEqual(before);
  for (const { metadata } of await all()) expect(metadata.ownerReferences).toBeUndefined();
  await run(2);
  expect(await names()).toEqual(before);
  expect(await status()).toMatchObject({ replicas: 2, availableReplicas: 2 });
});

test('in a namespace that ends no pod is made again', async () => {
  const metadata = { name: 'ends' };
  await sim.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {} });
  await sim.clock.advance(1_000);
  const set = webSet(2);
  await sim.admin.create(replicaSets, { ...set, metadata: { name: 'web', namespace: 'ends' } });
  await sim.clock.advance(5_000);
  expect(await all('ends')).toHaveLength(2);
  await sim.admin.delete(namespaces, 'ends');
  await sim.clock.advance(30_000);
  const gone = await sim.admin.get(namespaces, 'ends').catch((error) => error);
  expect(isReason(gone, 'NotFound')).toBe(true);
  expect(await told()).toEqual([]);
});
