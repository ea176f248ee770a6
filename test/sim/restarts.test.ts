import { expect, test } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { SimNode } from './sim-node.ts';

const images = [
  { name: 'crash', script: 'echo boom; exit 1' },
  { name: 'done', script: 'echo fine' },
  { name: 'flaky', script: 'sleep 700; exit 1' },
  { name: 'late', script: 'sleep 2; exit 3' },
  { name: 'oom', script: 'sleep 1; oom' },
  { name: 'say', script: 'echo the reason > /dev/termination-log; exit 4' },
  { name: 'web', script: 'serve 80' },
];

function first(pod: Pod) {
  return pod.status?.containerStatuses?.[0];
}

/** Seconds between an end and the next start, for as many restarts as asked. */
async function restartDelays(node: SimNode, name: string, restarts: number): Promise<number[]> {
  const delays: number[] = [];
  for (let count = 1; count <= restarts; count++) {
    const pod = await node.until(name, (p) => first(p)?.restartCount === count, 2_000_000, 500);
    const status = first(pod);
    const startedAt =
      status?.state?.terminated?.startedAt ?? status?.state?.running?.startedAt ?? '';
    const before = status?.lastState?.terminated?.finishedAt ?? '';
    delays.push((Date.parse(startedAt) - Date.parse(before)) / 1000);
  }
  return delays;
}

test('restarts are immediate first, then wait 10, 20, 40, 80, 160 and 300 s', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'late' }] });
  const delays = await restartDelays(node, 'p', 9);
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  await node.stopKubelet();
});

test('the back-off is forgotten when the next end comes more than 600 s after', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'flaky' }] });
  expect(await restartDelays(node, 'p', 4)).toEqual([0, 0, 0, 0]);
  await node.stopKubelet();
});

test('CrashLoopBackOff says how long, keeps the last state, and follows a visible Error', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'crash' }] });
  const pod = await node.until('p', (p) => first(p)?.state?.waiting?.reason === 'CrashLoopBackOff');
  const { uid } = pod.metadata;
  expect(first(pod)).toMatchObject({
    restartCount: 1,
    ready: false,
    started: false,
    state: {
      waiting: { message: `back-off 10s restarting failed container=c pod=p_default(${uid})` },
    },
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
  expect(pod.status?.phase).toBe('Running');
  expect(await node.events('p')).toContain(
    `BackOff: Back-off restarting failed container c in pod p_default(${uid})`,
  );
  expect(await node.logs('p', 'previous=true')).toBe('boom\n');
  await node.stopKubelet();
});

test.each([
  ['Always', 'done', 'Running'],
  ['Always', 'crash', 'Running'],
  ['OnFailure', 'done', 'Succeeded'],
  ['OnFailure', 'crash', 'Running'],
  ['Never', 'done', 'Succeeded'],
  ['Never', 'crash', 'Failed'],
])('policy %s, container %s: phase %s', async (restartPolicy, image, phase) => {
  const node = await SimNode.start(images);
  await node.createPod('p', { restartPolicy, containers: [{ name: 'c', image }] });
  const pod = await node.until('p', (p) => p.status?.phase === phase);
  await node.clock.advance(30_000);
  expect((await node.pod('p')).status?.phase).toBe(phase);
  if (phase !== 'Running') {
    expect(first(pod)?.state?.terminated?.reason).toBe(image === 'done' ? 'Completed' : 'Error');
    expect((await node.runtime.listSandboxes()).map(({ ready }) => ready)).toEqual([false]);
    expect((await node.pod('p')).status?.podIP).toBe('10.42.0.2');
  }
  await node.stopKubelet();
});

test('a container over its memory limit ends with OOMKilled, 137', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'oom' }] });
  const pod = await node.until('p', (p) => p.status?.phase === 'Failed');
  expect(first(pod)?.state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
  await node.stopKubelet();
});

test('termination messages come from the file, or from the log where asked', async () => {
  const node = await SimNode.start(images);
  const spec = (image: string) => ({
    restartPolicy: 'Never',
    containers: [{ name: 'c', image, terminationMessagePolicy: 'FallbackToLogsOnError' }],
  });
  await node.createPod('file', spec('say'));
  await node.createPod('log', spec('crash'));
  const isOver = (pod: Pod) => pod.status?.phase === 'Failed';
  expect(first(await node.until('file', isOver))?.state?.terminated?.message).toBe('the reason\n');
  expect(first(await node.until('log', isOver))?.state?.terminated?.message).toBe('boom\n');
  await node.stopKubelet();
});

test('the containers of a pod share what messages may take', async () => {
  const long = { name: 'long', script: `echo ${'m'.repeat(4_000)} > /dev/termination-log` };
  const node = await SimNode.start([long]);
  const containers = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name, image: 'long' }));
  await node.createPod('p', { restartPolicy: 'Never', containers });
  const pod = await node.until('p', (p) => p.status?.phase === 'Succeeded');
  const lengths = pod.status?.containerStatuses?.map(
    ({ state }) => state?.terminated?.message?.length,
  );
  expect(lengths).toEqual(Array(6).fill(2_048));
  await node.stopKubelet();
});

test('a kubelet that starts anew adopts containers and restart counts without a restart', async () => {
  const node = await SimNode.start(images);
  await node.createPod('web', { containers: [{ name: 'c', image: 'web' }] });
  await node.createPod('late', { containers: [{ name: 'c', image: 'late' }] });
  await node.until('late', (p) => first(p)?.restartCount === 1);
  const before = await node.pod('web');
  await node.stopKubelet();
  node.startKubelet();
  await node.clock.advance(1_000);
  const after = await node.pod('web');
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  const late = await node.until('late', (p) => first(p)?.restartCount === 2);
  expect(first(late)?.restartCount).toBe(2);
  await node.stopKubelet();
});

test('a sandbox that dies is replaced, and the pod runs again with another address', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.until('p', (p) => first(p)?.ready === true);
  const [sandbox] = await node.runtime.listSandboxes();
  await node.runtime.killSandbox(sandbox!.id);
  const pod = await node.until(
    'p',
    (p) => first(p)?.restartCount === 1 && first(p)?.ready === true,
  );
  expect(pod.status?.podIP).toBe('10.42.0.3');
  expect(await node.events('p')).toContain(
    'SandboxChanged: Pod sandbox changed, it will be killed and re-created.',
  );
  expect((await node.runtime.sandboxStatus(sandbox!.id)).ips).toEqual([]);
  await node.stopKubelet();
});

test('a pod that has ended keeps no network, though the stop of its sandbox was cut off', async () => {
  const node = await SimNode.start(images);
  node.runtime.breakMethod('stopSandbox', 'cut off');
  await node.createPod('p', { restartPolicy: 'Never', containers: [{ name: 'c', image: 'done' }] });
  await node.until('p', (p) => p.status?.phase === 'Succeeded');
  const [sandbox] = await node.runtime.listSandboxes();
  await node.stopKubelet();
  node.runtime.breakMethod('stopSandbox', '');
  await node.runtime.killSandbox(sandbox!.id);
  expect((await node.runtime.sandboxStatus(sandbox!.id)).ips).toEqual(['10.42.0.2']);
  await node.startKubelet();
  await node.clock.advance(1_000);
  expect((await node.runtime.sandboxStatus(sandbox!.id)).ips).toEqual([]);
  await node.stopKubelet();
});

test('a changed image replaces the container', async () => {
  const node = await SimNode.start(images);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.until('p', (p) => first(p)?.ready === true);
  const target = { name: 'p', namespace: 'default' };
  const resource = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };
  await node.client.patch(resource, target, 'strategic', {
    spec: { containers: [{ name: 'c', image: 'late' }] },
  });
  const pod = await node.until('p', (p) => first(p)?.image.includes('late') === true);
  expect(first(pod)?.restartCount).toBe(1);
  expect(await node.events('p')).toContain(
    'Killing: Container c definition changed, will be restarted',
  );
  await node.stopKubelet();
});
