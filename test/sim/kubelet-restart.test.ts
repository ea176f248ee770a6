import { expect, test } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { isReady, SimNode } from './sim-node.ts';

const images = [
  { name: 'web', script: 'serve 80' },
  { name: 'late', script: 'sleep 2; exit 3' },
];

const first = (pod: Pod) => pod.status?.containerStatuses?.[0];

/** What the runtime has: `NAME ATTEMPT STATE` each. */
async function containers(node: SimNode): Promise<string[]> {
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
  expect(await containers(node)).toEqual(['c 0 running']);
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
  expect(await containers(node)).toEqual(['c 0 exited', 'c 1 running']);
  await node.stopKubelet();
});
