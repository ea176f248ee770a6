import { afterEach, beforeEach, expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import type { Pod, ResourceRequirements } from '../../src/generated/types.ts';
import { isReady, SimNode } from './sim-node.ts';

let node: SimNode;

beforeEach(async () => {
  node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
});

afterEach(() => node.stopKubelet());

async function run(name: string, resources: ResourceRequirements, more: object = {}): Promise<Pod> {
  await node.createPod(name, { containers: [{ name: 'c', image: 'web', resources, ...more }] });
  return node.until(name, isReady);
}

const resize = (name: string, resources: ResourceRequirements) =>
  node.client.patch(pods, { name, namespace: 'default', subresource: 'resize' }, 'strategic', {
    spec: { containers: [{ name: 'c', resources }] },
  });

const status = (pod: Pod) => pod.status?.containerStatuses?.[0];
const resizeCondition = (pod: Pod) =>
  pod.status?.conditions?.find(({ type }) => type.startsWith('PodResize'));
const group = ({ metadata }: Pod) =>
  node.cgroups.groups.get(`/proa/kubepods/burstable/pod${metadata.uid}`);

test('processors are given and taken in place', async () => {
  const before = await run('p', { requests: { cpu: '100m' }, limits: { cpu: '200m' } });
  expect(status(before)).toMatchObject({
    allocatedResources: { cpu: '100m' },
    resources: { requests: { cpu: '100m' }, limits: { cpu: '200m' } },
  });
  await resize('p', { requests: { cpu: '500m' }, limits: { cpu: '1' } });
  const after = await node.until('p', (pod) => status(pod)?.resources?.limits?.cpu === '1');
  expect(status(after)).toMatchObject({ allocatedResources: { cpu: '500m' }, restartCount: 0 });
  expect(resizeCondition(after)).toBeUndefined();
  expect(node.runtime.updates).toEqual([
    { name: 'c', resources: expect.objectContaining({ cpuShares: 512, cpuQuotaUs: 100_000 }) },
  ]);
  expect(group(after)).toMatchObject({ cpuShares: 512, cpuQuotaUs: 100_000 });
  const events = (await node.events('p')).filter((event) => event.startsWith('Resize'));
  expect(events.map((event) => event.split('{')[0])).toEqual([
    'ResizeStarted: Pod resize started: ',
    'ResizeCompleted: Pod resize completed: ',
  ]);
});

test('a container is restarted where its policy says so', async () => {
  const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  const memory = (amount: string) => ({ requests: { memory: amount }, limits: { memory: amount } });
  await run('p', memory('64Mi'), { resizePolicy });
  await resize('p', memory('32Mi'));
  const pod = await node.until('p', (now) => status(now)?.restartCount === 1 && isReady(now));
  expect(status(pod)?.resources).toEqual(memory('32Mi'));
  expect(resizeCondition(pod)).toBeUndefined();
  expect(group(pod)).toMatchObject({ memoryLimitBytes: 32 * 2 ** 20 });
  expect(await node.events('p')).toContain('Killing: Container c resize requires restart');
});

test('what the node never has is infeasible, what others have is deferred until they go', async () => {
  await run('other', { requests: { cpu: '3' } });
  await run('p', { requests: { cpu: '100m' } });
  await resize('p', { requests: { cpu: '5' } });
  const infeasible = await node.until('p', (pod) => resizeCondition(pod) !== undefined);
  expect(resizeCondition(infeasible)).toMatchObject({
    type: 'PodResizePending',
    status: 'True',
    reason: 'Infeasible',
    message: "Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000",
  });
  await resize('p', { requests: { cpu: '2' } });
  const deferred = await node.until('p', (pod) => resizeCondition(pod)?.reason === 'Deferred');
  expect(resizeCondition(deferred)?.message).toBe(
    "Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
  );
  expect(status(deferred)?.allocatedResources).toEqual({ cpu: '100m' });
  await node.client.delete(pods, 'other', 'default', { gracePeriodSeconds: 0 });
  const given = await node.until('p', (pod) => resizeCondition(pod) === undefined);
  expect(status(given)?.allocatedResources).toEqual({ cpu: '2' });
});

test('what was given counts after a restart of the kubelet, not what was asked for', async () => {
  await run('other', { requests: { cpu: '3' } });
  await run('p', { requests: { cpu: '100m' } });
  await resize('p', { requests: { cpu: '2' } });
  await node.until('p', (pod) => resizeCondition(pod)?.reason === 'Deferred');
  await node.stopKubelet();
  node.startKubelet();
  await node.clock.advance(10_000);
  const pod = await node.pod('p');
  expect(status(pod)).toMatchObject({ allocatedResources: { cpu: '100m' }, restartCount: 0 });
  expect(resizeCondition(pod)?.reason).toBe('Deferred');
});

test('a limit that cannot be set is told, and tried again', async () => {
  await run('p', { requests: { cpu: '100m' } });
  node.runtime.breakMethod('updateContainer', 'device or resource busy');
  await resize('p', { requests: { cpu: '200m' } });
  const failed = await node.until('p', (pod) => resizeCondition(pod)?.reason === 'Error');
  expect(resizeCondition(failed)).toMatchObject({
    type: 'PodResizeInProgress',
    message: 'device or resource busy',
  });
  expect(status(failed)?.resources?.requests).toEqual({ cpu: '100m' });
  node.runtime.breakMethod('updateContainer', '');
  await node.until('p', (pod) => status(pod)?.resources?.requests?.cpu === '200m');
});

test('memory is taken in place, but not below what is in use', async () => {
  const limit = (amount: string) => ({ requests: { memory: '16Mi' }, limits: { memory: amount } });
  const before = await run('p', limit('64Mi'));
  const id = status(before)?.containerID?.replace(/^.*:\/\//, '');
  const use = (mebibytes: number) => {
    const bytes = mebibytes * 2 ** 20;
    const usage = { cpuNanos: 0, memoryBytes: bytes, workingSetBytes: bytes, processes: 1 };
    const path = `/proa/kubepods/burstable/pod${before.metadata.uid}/${id}`;
    node.cgroups.usages.set(path, usage);
  };
  use(48);
  await resize('p', limit('32Mi'));
  const skipped = await node.until('p', (pod) => resizeCondition(pod)?.reason === 'Error');
  expect(resizeCondition(skipped)).toMatchObject({
    type: 'PodResizeInProgress',
    message:
      'attempting to set container "c" memory limit (33554432) below current usage (50331648)',
  });
  expect(status(skipped)?.resources?.limits).toEqual({ memory: '64Mi' });
  use(24);
  const given = await node.until('p', (pod) => status(pod)?.resources?.limits?.memory === '32Mi');
  expect(resizeCondition(given)).toBeUndefined();
  expect(status(given)?.restartCount).toBe(0);
  expect(group(given)).toMatchObject({ memoryLimitBytes: 32 * 2 ** 20 });
});
