import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  deployments,
  namespaces,
  pods,
  replicaSets,
  serviceAccounts,
} from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { SimDeployment, template } from './sim-deployment.ts';

let web: SimDeployment;

beforeEach(async () => {
  web = await SimDeployment.start();
});

afterEach(() => web.stop());

const isReady = ({ metadata, status }: Pod) =>
  !metadata.deletionTimestamp &&
  status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');

/** Follows the pods from now on; answers the most there were and the fewest that were ready. */
async function watchPods(): Promise<() => { most: number; leastReady: number }> {
  const { admin } = web.sim;
  const { resourceVersion, items } = await admin.list(pods, { namespace: 'default' });
  const signal = new AbortController().signal;
  const watch = await admin.watch(pods, { resourceVersion, namespace: 'default' }, signal);
  const known = new Map(items.map((pod) => [pod.metadata.name, pod]));
  return () => {
    const seen = { most: 0, leastReady: Number.POSITIVE_INFINITY };
    for (let frames = watch.take(100); frames.length > 0; frames = watch.take(100)) {
      for (const { type, object } of frames) {
        const pod = object as Pod;
        if (type === 'DELETED') known.delete(pod.metadata.name);
        else if (type !== 'BOOKMARK') known.set(pod.metadata.name, pod);
        const alive = [...known.values()].filter(({ metadata }) => !metadata.deletionTimestamp);
        seen.most = Math.max(seen.most, alive.length);
        seen.leastReady = Math.min(seen.leastReady, alive.filter(isReady).length);
      }
    }
    watch.close();
    return seen;
  };
}

test('it makes a set with its template, and tells of it', async () => {
  await web.run();
  const [set] = await web.sets();
  const deployment = await web.get();
  const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  expect(set).toMatchObject({
    metadata: {
      name: `web-${hash}`,
      annotations: {
        'deployment.kubernetes.io/revision': '1',
        'deployment.kubernetes.io/desired-replicas': '3',
        'deployment.kubernetes.io/max-replicas': '4',
      },
      ownerReferences: [{ kind: 'Deployment', name: 'web', uid: deployment.metadata.uid }],
    },
    spec: { selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } } },
  });
  expect(await web.told()).toEqual(['ScalingReplicaSet: Scaled up replica set web:1 from 0 to 3']);
  expect(deployment.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  expect(deployment.metadata.generation).toBe(1);
  expect(deployment.status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
  });
  expect(deployment.status?.unavailableReplicas).toBeUndefined();
  expect(await web.condition('Available')).toMatchObject({
    status: 'True',
    reason: 'MinimumReplicasAvailable',
    message: 'Deployment has minimum availability.',
  });
  expect(await web.condition('Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `ReplicaSet "web-${hash}" has successfully progressed.`,
  });
});

test.each([
  { maxSurge: 1, maxUnavailable: 0, most: 5, leastReady: 4 },
  { maxSurge: 0, maxUnavailable: 1, most: 4, leastReady: 3 },
  { maxSurge: '50%', maxUnavailable: '50%', most: 6, leastReady: 2 },
  { maxSurge: '10%', maxUnavailable: '10%', most: 5, leastReady: 4 },
])('surge $maxSurge, unavailable $maxUnavailable', async ({ most, leastReady, ...limits }) => {
  await web.run({ replicas: 4, strategy: { type: 'RollingUpdate', rollingUpdate: limits } });
  const seen = await watchPods();
  await web.roll('web:2');
  await web.untilDone();
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0', 'web:2 #2 4/4']);
  const extremes = seen();
  expect(extremes.most).toBeLessThanOrEqual(most);
  expect(extremes.leastReady).toBeGreaterThanOrEqual(leastReady);
});

test('the events of a rollout, in order', async () => {
  await web.run({
    replicas: 2,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  });
  await web.roll('web:2');
  await web.untilDone();
  expect(await web.told()).toEqual([
    'ScalingReplicaSet: Scaled up replica set web:1 from 0 to 2',
    'ScalingReplicaSet: Scaled up replica set web:2 from 0 to 1',
    'ScalingReplicaSet: Scaled down replica set web:1 from 2 to 1',
    'ScalingReplicaSet: Scaled up replica set web:2 from 1 to 2',
    'ScalingReplicaSet: Scaled down replica set web:1 from 1 to 0',
  ]);
});

test('L14, L17: a bad new pod stays unready while the old one serves, until it is mended', async () => {
  await web.run({ replicas: 1 });
  const seen = await watchPods();
  await web.roll('web:1', 8081);
  await web.sim.clock.advance(60_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 1/1', 'web:1 #2 1/0']);
  expect((await web.get()).status).toMatchObject({
    replicas: 2,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    unavailableReplicas: 1,
  });
  await web.roll('web:1', 8080);
  await web.untilDone();
  await web.sim.clock.advance(10_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0', 'web:1 #2 0/0', 'web:1 #3 1/1']);
  expect((await web.pods()).map(isReady)).toEqual([true]);
  expect(seen().leastReady).toBe(1);
});

test('Recreate: the last old pod is gone before the first new one is made', async () => {
  const slow = template('web:1');
  slow.spec = { ...slow.spec, containers: slow.spec?.containers ?? [] };
  slow.spec.terminationGracePeriodSeconds = 30;
  const [container = expect.fail('no container')] = slow.spec.containers;
  container.lifecycle = { preStop: { sleep: { seconds: 20 } } };
  await web.run({ strategy: { type: 'Recreate' }, replicas: 2, template: slow });
  await web.patch({ template: { spec: { containers: [{ name: 'web', image: 'web:2' }] } } });
  await web.sim.clock.advance(15_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0']);
  expect((await web.pods()).map(({ metadata }) => !metadata.deletionTimestamp)).toEqual([
    false,
    false,
  ]);
  await web.untilDone();
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0', 'web:2 #2 2/2']);
  expect(await web.told()).toEqual([
    'ScalingReplicaSet: Scaled up replica set web:1 from 0 to 2',
    'ScalingReplicaSet: Scaled down replica set web:1 from 2 to 0',
    'ScalingReplicaSet: Scaled up replica set web:2 from 0 to 2',
  ]);
});

test('a rollback finds the old set again, under a new revision', async () => {
  await web.run();
  await web.roll('web:2');
  await web.untilDone();
  await web.roll('web:1');
  await web.untilDone();
  expect(await web.setTexts()).toEqual(['web:2 #2 0/0', 'web:1 #3 3/3']);
  const [, current] = await web.sets();
  expect(current?.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision-history': '1',
  });
  expect((await web.get()).metadata.annotations).toEqual({
    'deployment.kubernetes.io/revision': '3',
  });
});

test('paused: no rollout, but it scales; resumed it goes on', async () => {
  await web.run();
  await web.patch({ paused: true });
  await web.roll('web:2');
  await web.patch({ replicas: 5 });
  await web.sim.clock.advance(20_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 5/5']);
  expect(await web.condition('Progressing')).toMatchObject({
    status: 'Unknown',
    reason: 'DeploymentPaused',
    message: 'Deployment is paused',
  });
  await web.patch({ paused: false });
  await web.untilDone();
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0', 'web:2 #2 5/5']);
  expect((await web.condition('Progressing'))?.reason).toBe('NewReplicaSetAvailable');
});

test('scaled in the midst of a rollout, all sets keep their shares', async () => {
  await web.run({
    replicas: 4,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } },
  });
  await web.roll('web:2', 8081);
  await web.sim.clock.advance(20_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 3/3', 'web:2 #2 3/0']);
  await web.patch({ replicas: 10 });
  await web.sim.clock.advance(20_000);
  // Six of twelve each; then the rollout goes on: of the old ones nine less those may not go.
  const sizes = (await web.sets()).map(({ spec }) => spec.replicas ?? 0);
  expect(sizes).toEqual([6, 6]);
  await web.roll('web:2');
  await web.untilDone();
});

test('no progress within the deadline is told; what is mended later is done all the same', async () => {
  await web.run({ replicas: 1, progressDeadlineSeconds: 30 });
  await web.roll('web:2', 8081);
  await web.sim.clock.advance(25_000);
  expect(await web.condition('Progressing')).toMatchObject({ reason: 'ReplicaSetUpdated' });
  await web.sim.clock.advance(15_000);
  const current = (await web.sets())[1]?.metadata.name;
  expect(await web.condition('Progressing')).toMatchObject({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `ReplicaSet "${current}" has timed out progressing.`,
  });
  await web.roll('web:2', 80);
  await web.untilDone();
  expect(await web.condition('Progressing')).toMatchObject({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
  });
});

test('minReadySeconds holds the next step back', async () => {
  await web.create({ replicas: 1, minReadySeconds: 10 });
  await web.sim.clock.advance(8_000);
  expect((await web.get()).status).toMatchObject({ readyReplicas: 1, unavailableReplicas: 1 });
  expect(await web.condition('Available')).toMatchObject({
    status: 'False',
    reason: 'MinimumReplicasUnavailable',
    message: 'Deployment does not have minimum availability.',
  });
  await web.sim.clock.advance(8_000);
  expect((await web.get()).status?.availableReplicas).toBe(1);
});

test('a set that cannot be made is told of', async () => {
  const name = 'w'.repeat(250);
  const { spec } = await web.create({ replicas: 1 });
  await web.sim.admin.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec,
  });
  await web.sim.clock.advance(1_000);
  const { status } = await web.sim.admin.get(deployments, name, 'default');
  const condition = status?.conditions?.find(({ type }) => type === 'Progressing');
  expect(condition).toMatchObject({ status: 'False', reason: 'ReplicaSetCreateError' });
  expect(condition?.message).toMatch(/^Failed to create new replica set "w+-\w+": ReplicaSet/);
  expect(await web.told()).toContain(`ReplicaSetCreateError: ${condition?.message}`);
  await web.untilDone();
});

test('pods that cannot be made are told of, until they can', async () => {
  const refused = template('web:1');
  refused.spec = { containers: [], ...refused.spec, serviceAccountName: 'later' };
  await web.create({ replicas: 1, template: refused });
  await web.sim.clock.advance(1_000);
  expect(await web.condition('ReplicaFailure')).toMatchObject({
    status: 'True',
    reason: 'FailedCreate',
    message: expect.stringContaining('serviceaccount "later" not found'),
  });
  await web.sim.admin.create(serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'later', namespace: 'default' },
  });
  await web.untilDone();
  expect(await web.condition('ReplicaFailure')).toBeUndefined();
});

test('another strategy and another number in the midst of a rollout do not stop it', async () => {
  await web.run({ replicas: 2 });
  await web.roll('web:2', 8081);
  await web.sim.clock.advance(5_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 2/2', 'web:2 #2 1/0']);
  await web.patch({ replicas: 3, strategy: { type: 'Recreate', rollingUpdate: null } });
  await web.sim.clock.advance(20_000);
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0', 'web:2 #2 3/0']);
});

test('the oldest sets are removed beyond the limit of the history', async () => {
  await web.run({ revisionHistoryLimit: 2, replicas: 1 });
  for (const image of ['web:2', 'web:3', 'web:4', 'web:5']) {
    await web.roll(image);
    await web.untilDone();
  }
  await web.sim.clock.advance(5_000);
  expect(await web.setTexts()).toEqual(['web:3 #3 0/0', 'web:4 #4 0/0', 'web:5 #5 1/1']);
});

test('a set with its name that is not its own makes it take another name', async () => {
  await web.run({ replicas: 1 });
  const [{ metadata, spec } = expect.fail('no set')] = await web.sets();
  await web.sim.admin.delete(deployments, 'web', 'default');
  await web.until(async () => (await web.sets()).length === 0);
  const labels = { app: 'other' };
  await web.sim.admin.create(replicaSets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: metadata.name, namespace: 'default' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { ...spec.template, metadata: { labels } },
    },
  });
  await web.run({ replicas: 1 });
  expect((await web.get()).status?.collisionCount).toBe(1);
  const names = (await web.sets()).map((set) => set.metadata.name);
  expect(new Set(names).size).toBe(2);
  expect(names).toContain(metadata.name);
});

test('its sets and pods go with it, or stay and are adopted by the next', async () => {
  await web.run();
  const before = (await web.sets())[0]?.metadata.uid;
  const options = { propagationPolicy: 'Orphan' } as const;
  await web.sim.admin.delete(deployments, 'web', 'default', options);
  await web.sim.clock.advance(10_000);
  expect((await web.pods()).length).toBe(3);
  await web.run();
  expect((await web.sets()).map(({ metadata }) => metadata.uid)).toEqual([before]);
  expect((await web.pods()).length).toBe(3);
  await web.sim.admin.delete(deployments, 'web', 'default');
  await web.sim.clock.advance(20_000);
  expect([await web.sets(), await web.pods()]).toEqual([[], []]);
});

test('controllers that are killed again and again finish the rollout within its limits', async () => {
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 1 };
  await web.run({ replicas: 4, strategy: { type: 'RollingUpdate', rollingUpdate } });
  const seen = await watchPods();
  await web.roll('web:2');
  for (let kill = 0; kill < 30; kill++) {
    await web.sim.clock.advance(130);
    await web.sim.restartControl();
  }
  await web.untilDone();
  expect(await web.setTexts()).toEqual(['web:1 #1 0/0', 'web:2 #2 4/4']);
  const { most, leastReady } = seen();
  expect(most).toBeLessThanOrEqual(5);
  expect(leastReady).toBeGreaterThanOrEqual(3);
});

test('in a namespace that ends it goes with the rest', async () => {
  const { admin, clock } = web.sim;
  await admin.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'n' },
    spec: {},
  });
  await admin.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'n' },
    spec: { selector: { matchLabels: { app: 'web' } }, template: template('web:1') },
  });
  await clock.advance(5_000);
  await admin.delete(namespaces, 'n');
  await clock.advance(60_000);
  expect((await admin.list(namespaces)).items.map(({ metadata }) => metadata.name)).not.toContain(
    'n',
  );
});
