import { expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { isReady, SimNode } from './sim-node.ts';

const images = [
  { name: 'crash', script: 'exit 1' },
  { name: 'late', script: 'sleep 3; exit 1' },
  { name: 'slow', script: 'sleep 1.3; serve 80' },
];

function restarts(pod: Pod): number {
  return pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
}

/** Seconds from now until each of the next restarts. */
async function restartTimes(node: SimNode, name: string, count: number): Promise<number[]> {
  const startedAt = node.clock.now();
  const first = restarts(await node.pod(name));
  const times: number[] = [];
  for (let next = 1; next <= count; next++) {
    await node.until(name, (pod) => restarts(pod) === first + next, 700_000, 50);
    times.push((node.clock.now() - startedAt) / 1000);
  }
  return times;
}

test('restarts wait as the annotations say', async () => {
  const node = await SimNode.start(images);
  const annotations = {
    'proa.dev/restart-backoff-initial': '500ms',
    'proa.dev/restart-backoff-max': '2s',
  };
  await node.createPod('p', { containers: [{ name: 'c', image: 'crash' }] }, { annotations });
  expect(await restartTimes(node, 'p', 5)).toEqual([0, 0.5, 1.5, 3.5, 5.5]);
  const pod = await node.pod('p');
  const { message } = pod.status?.containerStatuses?.[0]?.state?.waiting ?? {};
  expect(message).toMatch(/^back-off 2s restarting failed container=c /);
  await node.stopKubelet();
});

test('the back-off starts anew after the time that the annotation names', async () => {
  const node = await SimNode.start(images);
  const annotations = { 'proa.dev/restart-backoff-reset-after': '2s' };
  await node.createPod('p', { containers: [{ name: 'c', image: 'late' }] }, { annotations });
  expect(await restartTimes(node, 'p', 4)).toEqual([3, 6, 9, 12]);
  await node.stopKubelet();
});

test('a container that waits feels a changed annotation at once', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'crash' }] });
  await node.until('p', (pod) => restarts(pod) === 4, 200_000);
  await node.client.patch(pods, { name: 'p', namespace: 'default' }, 'merge', {
    metadata: { annotations: { 'proa.dev/restart-backoff-max': '1s' } },
  });
  expect(await restartTimes(node, 'p', 2)).toEqual([1, 2]);
  await node.stopKubelet();
});

test('probes come more often than once a second where an annotation says so', async () => {
  const node = await SimNode.start(images);
  const readinessProbe = { tcpSocket: { port: 80 }, periodSeconds: 10 };
  const annotations = { 'proa.dev/readiness-probe-period': 'c=100ms' };
  const containers = [{ name: 'c', image: 'slow', readinessProbe }];
  await node.createPod('p', { containers }, { annotations });
  const startedAt = node.clock.now();
  await node.until('p', isReady, 5_000, 10);
  expect(node.clock.now() - startedAt).toBeLessThanOrEqual(1_400);
  await node.stopKubelet();
});

test('an annotation that cannot be is refused', async () => {
  const node = await SimNode.start(images);
  const annotations = { 'proa.dev/restart-backoff-max': 'soon' };
  const made = node.createPod(
    'p',
    { containers: [{ name: 'c', image: 'crash' }] },
    { annotations },
  );
  await expect(made).rejects.toThrow(
    'Pod "p" is invalid: metadata.annotations[proa.dev/restart-backoff-max]: Invalid value: "soon"',
  );
  await node.stopKubelet();
});
