import { expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { isReady, SimNode } from './sim-node.ts';

const images = [
  { name: 'web', script: 'serve 80' },
  { name: 'late', script: 'sleep 2; exit 3' },
];

const first = (pod: Pod) => pod.status?.containerStatuses?.[0];

/** What the runtime has: `NAME ATTEMPT STATE` each. */
async function containersOf(node: SimNode): Promise<string[]> {
  const all = await node.runtime.listContainers();
  return all.map(({ name, attempt, state }) => `${name} ${attempt} ${state}`);
}

/** Ends the kubelet so that it asks the runtime for nothing more, not even where it was at it. */
async function killKubelet(node: SimNode): Promise<void> {
  node.runtime.breakMethod('startContainer', 'gone');
  node.runtime.cutOffStarts();
  await node.stopKubelet();
  await node.clock.advance(2_000);
  node.runtime.breakMethod('startContainer', '');
}

test.each([
  ['Always', 'made', { createMs: 500 }],
  ['Always', 'started', { startMs: 500 }],
  ['Never', 'made', { createMs: 500 }],
  ['Never', 'started', { startMs: 500 }],
])('policy %s: a container that was being %s is made again, as the first', async (...given) => {
  const [restartPolicy, , latencies] = given;
  const node = await SimNode.start(images, { latencies });
  await node.createPod('p', { restartPolicy, containers: [{ name: 'c', image: 'web' }] });
  await node.clock.advance(200);
  await killKubelet(node);
  node.startKubelet();
  const pod = await node.until('p', isReady);
  expect(first(pod)).toMatchObject({ restartCount: 0, lastState: {} });
  expect(await containersOf(node)).toEqual(['c 0 running']);
  await node.stopKubelet();
});

test('a start that the runtime does not give up holds up no deletion', async () => {
  const node = await SimNode.start(images, { latencies: { startMs: 500 } });
  const container = (name: string) => ({ name, image: 'web' });
  await node.createPod('p', { containers: [container('a'), container('b')] });
  await node.until('p', ({ status }) => status?.containerStatuses?.[0]?.started ?? false);
  await killKubelet(node);
  node.runtime.breakMethod('removeContainer', 'container is in starting state');
  node.startKubelet();
  await node.clock.advance(2_000);
  expect(await containersOf(node)).toEqual(['a 0 running', 'b 0 exited']);
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(12_000);
  expect(await containersOf(node)).toEqual(['a 0 exited', 'b 0 exited']);
  node.runtime.breakMethod('removeContainer', '');
  await node.clock.advance(12_000);
  expect(await containersOf(node)).toEqual([]);
  await node.stopKubelet();
});

test('a restart that is cut off counts once', async () => {
  const node = await SimNode.start(images, { latencies: { startMs: 500 } });
  await node.createPod('p', { containers: [{ name: 'c', image: 'late' }] });
  await node.until('p', (pod) => first(pod)?.state?.terminated?.exitCode === 3);
  await node.clock.advance(200);
  await killKubelet(node);
  node.startKubelet();
  const pod = await node.until('p', isReady);
  expect(first(pod)).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  expect(await containersOf(node)).toEqual(['c 0 exited', 'c 1 running']);
  await node.stopKubelet();
});

test.each([
  ['has what is left of its grace', 10_000, 11_000],
  ['has the least that any has when none is left', 40_000, 2_000],
])('a pod that was ending %s', async (_, awayMs, leftMs) => {
  const node = await SimNode.start(images);
  const containers = [{ name: 'c', image: 'web' }];
  await node.createPod('p', { terminationGracePeriodSeconds: 20, containers });
  await node.until('p', isReady);
  const graces: number[] = [];
  const stop = node.runtime.stopContainer.bind(node.runtime);
  node.runtime.stopContainer = (id, graceMs) => {
    graces.push(graceMs);
    // The runtime gives a stop up when its caller goes.
    return graces.length === 1 ? new Promise(() => {}) : stop(id, graceMs);
  };
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(0);
  await node.stopKubelet();
  await node.clock.advance(awayMs);
  node.startKubelet();
  await node.clock.advance(5_000);
  expect(graces).toEqual([20_000, leftMs]);
  expect(await containersOf(node)).toEqual([]);
  await node.stopKubelet();
});
