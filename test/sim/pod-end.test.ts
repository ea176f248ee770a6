import { expect, test } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { pods } from '../../src/client/resources.ts';
import { isReady, SimNode } from './sim-node.ts';

const images = [
  { name: 'web', script: 'serve 80' },
  { name: 'deaf', script: "trap '' TERM; serve 80" },
];

async function gone(node: SimNode, name: string): Promise<boolean> {
  return node.pod(name).then(
    () => false,
    () => true,
  );
}

/** Seconds from the deletion until the pod is gone. */
async function secondsToEnd(node: SimNode, name: string, seconds?: number): Promise<number> {
  const startedAt = node.clock.now();
  await node.client.delete(pods, name, 'default', { gracePeriodSeconds: seconds });
  for (;;) {
    await node.clock.advance(0);
    if (await gone(node, name)) return (node.clock.now() - startedAt) / 1000;
    await node.clock.advance(500);
  }
}

test.each([
  ['one that obeys SIGTERM ends at once', 'web', undefined, 0],
  ['one that ignores it is killed after the grace', 'deaf', undefined, 30],
  ['a shorter grace counts', 'deaf', 7, 7],
  ['no grace is shorter than 2 s', 'deaf', 1, 2],
])('%s', async (_, image, grace, seconds) => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image }] });
  await node.until('p', isReady);
  expect(await secondsToEnd(node, 'p', grace)).toBe(seconds);
  expect(await node.events('p')).toContain('Killing: Stopping container c');
  expect(await node.runtime.listContainers()).toEqual([]);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test('a second deletion with a shorter grace hastens the end', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'deaf' }] });
  await node.until('p', isReady);
  await node.client.delete(pods, 'p', 'default', { gracePeriodSeconds: 300 });
  await node.clock.advance(5_000);
  expect(await secondsToEnd(node, 'p', 3)).toBe(3);
  await node.stopKubelet();
});

test('a forced deletion removes the object at once and still ends the process', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'deaf' }] });
  await node.until('p', isReady);
  await node.client.delete(pods, 'p', 'default', { gracePeriodSeconds: 0 });
  expect(await gone(node, 'p')).toBe(true);
  await node.clock.advance(0);
  expect((await node.runtime.listContainers()).map(({ state }) => state)).toEqual(['running']);
  await node.clock.advance(30_000);
  expect(await node.runtime.listSandboxes()).toEqual([]);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test('the final status of a deleted pod tells how its containers ended', async () => {
  const node = await SimNode.start(images);
  await node.createPod(
    'p',
    { containers: [{ name: 'c', image: 'deaf' }] },
    { finalizers: ['example.com/hold'] },
  );
  await node.until('p', isReady);
  await node.client.delete(pods, 'p', 'default', { gracePeriodSeconds: 3 });
  const pod = await node.until('p', (p) => p.status?.phase === 'Failed');
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137);
  await node.stopKubelet();
});

test('what a pod left behind while no kubelet ran is cleaned up', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.until('p', isReady);
  await node.stopKubelet();
  await node.client.delete(pods, 'p', 'default', { gracePeriodSeconds: 0 });
  node.startKubelet();
  await node.clock.advance(31_000);
  expect(await node.runtime.listSandboxes()).toEqual([]);
  await node.stopKubelet();
});

test('a pod deleted before it could start goes at once', async () => {
  const slow = { name: 'slow', script: 'serve 80', present: false, pullMs: 60_000 };
  const node = await SimNode.start([slow]);
  await node.createPod('p', { containers: [{ name: 'c', image: 'slow' }] });
  await node.clock.advance(1_000);
  expect(await secondsToEnd(node, 'p')).toBe(0);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test('a preStop hook runs before SIGTERM, inside the grace', async () => {
  const node = await SimNode.start(images);
  const preStop = { exec: { command: ['sh', '-c', 'sleep 5'] } };
  await node.createPod('p', { containers: [{ name: 'c', image: 'deaf', lifecycle: { preStop } }] });
  await node.until('p', isReady);
  expect(await secondsToEnd(node, 'p', 12)).toBe(12);
  await node.createPod('q', { containers: [{ name: 'c', image: 'web', lifecycle: { preStop } }] });
  await node.until('q', isReady);
  expect(await secondsToEnd(node, 'q')).toBe(5);
  await node.stopKubelet();
});

test('activeDeadlineSeconds ends the pod as Failed, DeadlineExceeded', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', {
    activeDeadlineSeconds: 20,
    containers: [{ name: 'c', image: 'web' }],
  });
  await node.clock.advance(19_000);
  expect((await node.pod('p')).status?.phase).toBe('Running');
  const pod = await node.until('p', (p) => p.status?.phase === 'Failed', 2_000);
  expect(pod.status).toMatchObject({
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
  await node.clock.advance(1_000);
  expect((await node.runtime.listContainers()).map(({ state }) => state)).toEqual(['exited']);
  await node.stopKubelet();
});

test('sidecars end last, from the last on, within the one grace of the pod', async () => {
  const node = await SimNode.start(images);
  const sidecar = (name: string, image: string) => ({ name, image, restartPolicy: 'Always' });
  await node.createPod('p', {
    terminationGracePeriodSeconds: 20,
    initContainers: [sidecar('one', 'web'), sidecar('two', 'deaf')],
    containers: [{ name: 'c', image: 'web', lifecycle: { preStop: { sleep: { seconds: 8 } } } }],
  });
  await node.until('p', isReady);
  const ends: [string, number][] = [];
  const startedAt = node.clock.now();
  const stop = node.runtime.stopContainer.bind(node.runtime);
  node.runtime.stopContainer = async (id, graceMs) => {
    const { name } = await node.runtime.containerStatus(id);
    ends.push([name, graceMs / 1000]);
    return stop(id, graceMs);
  };
  expect(await secondsToEnd(node, 'p')).toBe(20);
  expect(ends).toEqual([
    ['c', 12],
    ['two', 12],
    ['one', 2],
  ]);
  expect(node.clock.now() - startedAt).toBe(20_000);
  await node.stopKubelet();
});

test('a kill that fails is told and tried again; one that takes too long is told', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.until('p', isReady);
  node.runtime.breakMethod('stopContainer', 'unknown error: cannot kill');
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(5_000);
  const failed = (await node.events('p')).find((text) => text.startsWith('FailedKillPod'));
  expect(failed).toMatch(
    /^FailedKillPod: error killing pod: failed to "KillContainer" for "c" with KillContainerError: ".*cannot kill" \(x\d\)$/,
  );
  node.runtime.breakMethod('stopContainer', '');
  const stop = node.runtime.stopContainer.bind(node.runtime);
  node.runtime.stopContainer = async (id, graceMs) => {
    await sleep(node.clock, 100_000);
    return stop(id, graceMs);
  };
  await node.clock.advance(50_000);
  expect(await node.events('p')).toContain(
    'ExceededGracePeriod: Container runtime did not kill the pod within specified grace period.',
  );
  await node.clock.advance(60_000);
  expect(await gone(node, 'p')).toBe(true);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test('a runtime that stops nothing, and says that it did, is asked again in peace', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.until('p', isReady);
  const stop = node.runtime.stopContainer.bind(node.runtime);
  let calls = 0;
  node.runtime.stopContainer = async () => {
    calls++;
  };
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(10_000);
  expect(calls).toBeGreaterThan(5);
  expect(calls).toBeLessThan(12);
  node.runtime.stopContainer = stop;
  await node.clock.advance(35_000);
  expect(await gone(node, 'p')).toBe(true);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test.each<[string, object, string]>([
  ['out of time', { activeDeadlineSeconds: 5 }, 'DeadlineExceeded'],
  ['whose init container failed', { initContainers: [{ name: 'i', image: 'bad' }] }, ''],
])('a pod %s is Failed only when all of it has ended', async (_, spec, reason) => {
  const node = await SimNode.start([...images, { name: 'bad', script: 'sleep 3; exit 1' }]);
  const { initContainers = [] } = spec as { initContainers?: object[] };
  await node.createPod('p', {
    ...spec,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 10,
    initContainers: [
      { name: 'side', image: 'deaf', restartPolicy: 'Always' },
      ...(initContainers as { name: string }[]),
    ],
    containers: [{ name: 'c', image: 'web' }],
  });
  await node.clock.advance(9_000);
  expect((await node.pod('p')).status?.phase).not.toBe('Failed');
  expect((await node.pod('p')).status?.reason).toBeUndefined();
  const pod = await node.until('p', (p) => p.status?.phase === 'Failed', 8_000);
  expect(pod.status?.reason ?? '').toBe(reason);
  const states = await node.runtime.listContainers();
  expect(states.some(({ state }) => state === 'running')).toBe(false);
  await node.stopKubelet();
});
