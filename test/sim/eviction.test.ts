import { afterEach, beforeEach, expect, test } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { events, nodes, pods } from '../../src/client/resources.ts';
import type { CoreV1Event, Pod, PodSpec } from '../../src/generated/types.ts';
import { conditionOf, isReady, NODE, SimNode } from './sim-node.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
let node: SimNode;

beforeEach(async () => {
  node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
});

afterEach(() => node.stopKubelet());

async function run(
  name: string,
  resources: object = {},
  spec: Partial<PodSpec> = {},
): Promise<Pod> {
  const containers = [{ name: 'c', image: 'web', resources }];
  await node.createPod(name, { containers, ...spec });
  return node.until(name, isReady);
}

function useMemory(pod: Pod, qos: string, mebibytes: number): void {
  const id = pod.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '');
  const bytes = mebibytes * MIB;
  const usage = { cpuNanos: 0, memoryBytes: bytes, workingSetBytes: bytes, processes: 1 };
  const group = `/proa/kubepods/${qos}/pod${pod.metadata.uid}`;
  for (const path of [group, `${group}/${id}`]) node.cgroups.usages.set(path, usage);
}

/** Leaves so much of the node's 8 GiB. */
function leaveMemory(mebibytes: number): void {
  node.usage.now = { ...node.usage.now, workingSetBytes: 8 * GIB - mebibytes * MIB };
}

function leaveDisk(part: number): void {
  const { imagefs } = node.usage.now;
  const disk = { ...imagefs, availableBytes: imagefs.capacityBytes * part };
  node.usage.now = { ...node.usage.now, imagefs: disk, nodefs: disk };
}

async function pressure(): Promise<string[]> {
  const { status } = await node.client.get(nodes, NODE);
  return (status?.conditions ?? [])
    .filter(({ type, status }) => type.endsWith('Pressure') && status === 'True')
    .map(({ reason }) => reason ?? '');
}

async function nodeEvents(): Promise<string[]> {
  const { items } = await node.client.list(events, { namespace: 'default' });
  return (items as CoreV1Event[])
    .filter(({ involvedObject }) => involvedObject.kind === 'Node')
    .map(({ reason }) => reason ?? '');
}

const evicted = ({ status }: Pod) => status?.reason === 'Evicted';

test('short of memory, the node evicts the pod furthest above its request, one at a time', async () => {
  const keeps = await run('keeps', { requests: { memory: '500Mi' } });
  const takes = await run('takes');
  const more = await run('more', { requests: { memory: '10Mi' } });
  useMemory(keeps, 'burstable', 400);
  useMemory(takes, 'besteffort', 200);
  useMemory(more, 'burstable', 300);
  leaveMemory(50);
  const gone = await node.until('more', evicted);
  expect(gone.status).toMatchObject({
    phase: 'Failed',
    message:
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ' +
      'Container c was using 300Mi, request is 10Mi, has larger consumption of memory. ',
  });
  expect(conditionOf(gone, 'DisruptionTarget')).toBe('True TerminationByKubelet');
  expect(await node.events('more')).toContain(`Evicted: ${gone.status?.message}`);
  expect(await pressure()).toEqual(['KubeletHasInsufficientMemory']);
  leaveMemory(500);
  await node.clock.advance(60_000);
  expect(evicted(await node.pod('takes'))).toBe(false);
  await node.createPod('best', { containers: [{ name: 'c', image: 'web' }] });
  const refused = await node.until('best', evicted);
  expect(refused.status?.message).toBe(
    'Pod was rejected: The node had condition: [MemoryPressure]. ',
  );
  await run('requests', { requests: { memory: '1Mi' } });
  await node.clock.advance(300_000);
  expect(await pressure()).toEqual([]);
  const told = await nodeEvents();
  expect(told).toContain('NodeHasInsufficientMemory');
  expect(told).toContain('EvictionThresholdMet');
  expect(told.filter((reason) => reason === 'NodeHasSufficientMemory')).toHaveLength(1);
});

test('short of memory for long, a pod is evicted with its own grace, up to a limit', async () => {
  await node.stopKubelet();
  node = await SimNode.start([{ name: 'deaf', script: "trap '' TERM; serve 80" }]);
  await node.stopKubelet();
  const soft = { soft: 'memory.available<1Gi', softGracePeriod: 'memory.available=2m' };
  node.startKubelet({}, { ...soft, maxPodGraceSeconds: 15 });
  await node.createPod('p', { containers: [{ name: 'c', image: 'deaf' }] });
  useMemory(await node.until('p', isReady), 'besteffort', 300);
  const startedAt = node.clock.now();
  leaveMemory(500);
  await node.clock.advance(20_000);
  expect(await pressure()).toEqual(['KubeletHasInsufficientMemory']);
  await node.clock.advance(90_000);
  expect(await node.events('p')).not.toContain('Killing: Stopping container c');
  const gone = await node.until('p', evicted);
  // Two minutes from the first look, then the lesser of 30 s and 15 s.
  const passedMs = node.clock.now() - startedAt;
  expect(passedMs).toBeGreaterThanOrEqual(135_000);
  expect(passedMs).toBeLessThanOrEqual(146_000);
  expect(gone.status?.message).toContain('Threshold quantity: 1Gi, available: 500Mi. ');
});

/** Two pods that do not end before their grace does, on a node that gives it to them. */
async function runDeaf(): Promise<void> {
  await node.stopKubelet();
  node = await SimNode.start([{ name: 'deaf', script: "trap '' TERM; serve 80" }]);
  await node.stopKubelet();
  const soft = { soft: 'memory.available<1Gi', softGracePeriod: 'memory.available=10s' };
  node.startKubelet({}, { ...soft, maxPodGraceSeconds: 120 });
  const spec = { terminationGracePeriodSeconds: 85, containers: [{ name: 'c', image: 'deaf' }] };
  for (const [name, mebibytes] of [
    ['large', 300],
    ['small', 200],
  ] as const) {
    await node.createPod(name, spec);
    useMemory(await node.until(name, isReady), 'besteffort', mebibytes);
  }
}

const KILLING = 'Killing: Stopping container c';

test('no second pod is evicted while the first still has its grace', async () => {
  await runDeaf();
  leaveMemory(500);
  await node.until('large', evicted, 150_000);
  expect(await node.events('small')).not.toContain(KILLING);
  await node.until('small', evicted, 150_000);
});

test('the grace of one pod holds up no other when the node cannot wait', async () => {
  await runDeaf();
  leaveMemory(500);
  await node.clock.advance(25_000);
  expect(await node.events('large')).toContain(KILLING);
  leaveMemory(50);
  await node.until('small', evicted, 50_000);
  expect(evicted(await node.pod('large'))).toBe(false);
});

test('short of disk, unused images go before pods do', async () => {
  const disk = await SimNode.start([
    { name: 'web', script: 'serve 80' },
    { name: 'unused', script: 'sleep 1' },
  ]);
  await node.stopKubelet();
  node = disk;
  const pod = await run('p');
  node.usage.bytes.set('p/layer/c', 5 * GIB);
  await node.clock.advance(600_000);
  leaveDisk(0.05);
  await node.until('p', evicted);
  const images = (await node.runtime.listImages()).flatMap(({ tags }) => tags);
  expect(images).toEqual(['docker.io/library/web:latest']);
  expect(await pressure()).toEqual(['KubeletHasDiskPressure']);
  expect((await node.pod('p')).status?.message).toBe(
    'The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, ' +
      'available: 5Gi. Container c was using 5Gi, request is 0, has larger consumption of ' +
      'ephemeral-storage. ',
  );
  expect(pod.metadata.name).toBe('p');
});

test('short of inodes, the pod with the most of them goes, however small they are', async () => {
  await run('large');
  await run('many');
  node.usage.bytes.set('large/layer/c', 5 * GIB);
  node.usage.inodes.set('large/layer/c', 3);
  node.usage.inodes.set('many/layer/c', 40_000);
  const { nodefs } = node.usage.now;
  node.usage.now = { ...node.usage.now, nodefs: { ...nodefs, inodesFree: 10 } };
  const gone = await node.until('many', evicted);
  expect(gone.status?.message).toBe(
    'The node was low on resource: inodes. Threshold quantity: 50k, available: 10. ' +
      'Container c was using 40k, request is 0, has larger consumption of inodes. ',
  );
  expect(evicted(await node.pod('large'))).toBe(false);
});

test('short of disk, dead containers go first, with the images that only they used', async () => {
  await node.stopKubelet();
  node = await SimNode.start([
    { name: 'web', script: 'serve 80' },
    { name: 'job', script: 'exit 3' },
  ]);
  await run('p');
  const spec = { containers: [{ name: 'c', image: 'job' }], restartPolicy: 'Never' };
  await node.createPod('done', spec);
  const before = await node.until('done', ({ status }) => status?.phase === 'Failed');
  await node.clock.advance(600_000);
  const containers = async () => (await node.runtime.listContainers()).length;
  expect(await node.runtime.listImages()).toHaveLength(2);
  leaveDisk(0.05);
  await node.clock.advance(10_000);
  leaveDisk(0.5);
  await node.clock.advance(10_000);
  const images = (await node.runtime.listImages()).flatMap(({ tags }) => tags);
  expect(images).toEqual(['docker.io/library/web:latest']);
  expect(await containers()).toBe(1);
  const after = await node.pod('done');
  expect(after.status?.containerStatuses).toEqual(before.status?.containerStatuses);
  await node.stopKubelet();
  node.startKubelet();
  await node.clock.advance(60_000);
  expect((await node.pod('done')).status?.phase).toBe('Failed');
  expect((await node.pod('done')).status?.containerStatuses).toEqual(
    before.status?.containerStatuses,
  );
  expect(evicted(await node.pod('p'))).toBe(false);
});

test('short of disk, what a container left when it ended counts', async () => {
  await node.stopKubelet();
  node = await SimNode.start([
    { name: 'web', script: 'serve 80' },
    { name: 'crash', script: 'sleep 30; exit 1' },
  ]);
  await run('runs');
  await node.createPod('crashes', { containers: [{ name: 'c', image: 'crash' }] });
  const waits40s = ({ status }: Pod) =>
    status?.containerStatuses?.[0]?.state?.waiting?.message?.startsWith('back-off 40s') ?? false;
  await node.until('crashes', waits40s, 600_000);
  node.usage.bytes.set('runs/layer/c', GIB);
  node.usage.bytes.set('crashes/layer/c', 5 * GIB);
  leaveDisk(0.05);
  const gone = await node.until('crashes', evicted, 15_000);
  expect(gone.status?.message).toContain('Container c was using 5Gi, request is 0');
  expect(evicted(await node.pod('runs'))).toBe(false);
});

test('on a full disk a pod ends with the room that is kept for it, and no other goes', async () => {
  const { clock, reserve, runtime } = node;
  await run('fills');
  await run('other');
  for (const name of ['fills', 'other']) node.usage.bytes.set(`${name}/layer/c`, 5 * GIB);
  node.usage.bytes.set('fills/volume/data', GIB);
  const before = node.usage.now;
  leaveDisk(0);
  reserve.isFull = true;
  runtime.breakMethod('listImages', 'no space left on device');
  const stop = runtime.stopContainer.bind(runtime);
  const givenAfter: number[] = [];
  runtime.stopContainer = async (id, graceMs) => {
    const startedAt = clock.now();
    // containerd answers, and shows the end, when it could note it.
    while (reserve.isKept) await sleep(clock, 100);
    givenAfter.push(clock.now() - startedAt);
    await sleep(clock, 15_000);
    node.usage.now = before;
    reserve.isFull = false;
    return stop(id, graceMs);
  };
  const { status } = await node.until('fills', evicted);
  expect(status?.phase).toBe('Failed');
  expect(givenAfter).toEqual([3_000]);
  expect(evicted(await node.pod('other'))).toBe(false);
  await clock.advance(10_000);
  expect(reserve.isKept).toBe(true);
});

test('a volume beyond its limit ends its pod, and pods without limits are not measured', async () => {
  await run('free', {}, { volumes: [{ name: 'data', emptyDir: {} }] });
  await node.clock.advance(60_000);
  expect(node.usage.walks).toBe(0);
  await run('p', {}, { volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }] });
  node.usage.bytes.set('p/volume/data', MIB);
  await node.clock.advance(30_000);
  expect(evicted(await node.pod('p'))).toBe(false);
  node.usage.bytes.set('p/volume/data', 2 * MIB);
  const gone = await node.until('p', evicted);
  expect(gone.status).toMatchObject({
    phase: 'Failed',
    message: 'Usage of EmptyDir volume "data" exceeds the limit "1Mi". ',
  });
  expect(conditionOf(gone, 'DisruptionTarget')).toBe('');
  const walks = node.usage.walks;
  await node.clock.advance(60_000);
  expect(node.usage.walks).toBe(walks);
});

test('images are collected when their file system is nearly full', async () => {
  await node.stopKubelet();
  node = await SimNode.start([
    { name: 'web', script: 'serve 80' },
    { name: 'large', script: 'sleep 1', sizeBytes: 50 * GIB },
  ]);
  await run('p');
  leaveDisk(0.16);
  await node.clock.advance(600_000);
  expect(await node.runtime.listImages()).toHaveLength(2);
  node.usage.now = {
    ...node.usage.now,
    imagefs: { ...node.usage.now.imagefs, availableBytes: 15 * GIB },
  };
  await node.clock.advance(300_000);
  const images = (await node.runtime.listImages()).flatMap(({ tags }) => tags);
  expect(images).toEqual(['docker.io/library/web:latest']);
  await node.client.delete(pods, 'p', 'default', { gracePeriodSeconds: 0 });
});
