import { expect, test } from 'vitest';
import { leases, nodes, pods } from '../../src/client/resources.ts';
import type { Node } from '../../src/generated/types.ts';
import { isReady, NODE, SimNode } from './sim-node.ts';

function condition(node: Node, type: string) {
  return node.status?.conditions?.find((candidate) => candidate.type === type);
}

test('a node is Ready before any time has passed', async () => {
  const sim = await SimNode.start([{ name: 'web', script: 'serve 80' }], {}, 0);
  const node = await sim.client.get(nodes, NODE);
  expect(node.metadata.labels).toMatchObject({
    'kubernetes.io/hostname': NODE,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
  });
  expect(node.spec?.podCIDR).toBe('10.42.0.0/24');
  expect(node.status).toMatchObject({
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '8092Mi', pods: '110' },
    nodeInfo: { containerRuntimeVersion: 'sim://1.0.0', kubeletVersion: 'v1.34.0' },
    addresses: [
      { type: 'InternalIP', address: '192.0.2.1' },
      { type: 'Hostname', address: NODE },
    ],
  });
  expect(condition(node, 'Ready')).toMatchObject({
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
  });
  expect(condition(node, 'DiskPressure')).toMatchObject({
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
  });
  expect(await sim.events(NODE)).toEqual([
    'Starting: Starting kubelet.',
    `NodeHasSufficientMemory: Node ${NODE} status is now: NodeHasSufficientMemory`,
    `NodeHasNoDiskPressure: Node ${NODE} status is now: NodeHasNoDiskPressure`,
    `NodeHasSufficientPID: Node ${NODE} status is now: NodeHasSufficientPID`,
    `NodeReady: Node ${NODE} status is now: NodeReady`,
  ]);
  await sim.stopKubelet();
});

test('the lease is renewed every 10 s, the status only every 5 minutes or upon change', async () => {
  const sim = await SimNode.start([], {}, 0);
  const lease = () => sim.client.get(leases, NODE, 'kube-node-lease');
  const first = await lease();
  expect(first.spec).toMatchObject({ holderIdentity: NODE, leaseDurationSeconds: 40 });
  await sim.clock.advance(10_000);
  const second = await lease();
  const passed = Date.parse(second.spec!.renewTime!) - Date.parse(first.spec!.renewTime!);
  expect(passed).toBe(10_000);
  const { resourceVersion } = (await sim.client.get(nodes, NODE)).metadata;
  await sim.clock.advance(280_000);
  expect((await sim.client.get(nodes, NODE)).metadata.resourceVersion).toBe(resourceVersion);
  await sim.clock.advance(30_000);
  expect((await sim.client.get(nodes, NODE)).metadata.resourceVersion).not.toBe(resourceVersion);
  sim.runtime.breakMethod('notReady', 'cni plugin not initialized');
  await sim.clock.advance(30_000);
  expect(condition(await sim.client.get(nodes, NODE), 'Ready')).toMatchObject({
    status: 'False',
    reason: 'KubeletNotReady',
  });
  await sim.stopKubelet();
});

test('an idle pod costs no writes and no rounds', async () => {
  const sim = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  await sim.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  const { metadata } = await sim.until('p', isReady);
  await sim.clock.advance(120_000);
  expect((await sim.client.get(pods, 'p', 'default')).metadata.resourceVersion).toBe(
    metadata.resourceVersion,
  );
  await sim.stopKubelet();
});
