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

test('a node tells what its runtime can do', async () => {
  const all = { recursiveReadOnlyMounts: true, userNamespaces: true };
  const handlers = [
    { name: 'runc', features: all },
    { name: '', features: all },
  ];
  const abilities = { features: { supplementalGroupsPolicy: true }, handlers };
  const sim = await SimNode.start([], { abilities }, 0);
  const { status } = await sim.client.get(nodes, NODE);
  expect(status?.features).toEqual({ supplementalGroupsPolicy: true });
  expect(status?.runtimeHandlers).toEqual([
    { name: '', features: all },
    { name: 'runc', features: all },
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

test('a label that somebody gave the node counts for pods bound to it', async () => {
  const sim = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  const spec = { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'c', image: 'web' }] };
  await sim.createPod('early', spec);
  const refused = await sim.until('early', (pod) => pod.status?.phase === 'Failed');
  expect(refused.status?.reason).toBe('NodeAffinity');
  // kubectl shows the reason only where no container has one.
  expect(refused.status).not.toHaveProperty('containerStatuses');
  expect(refused.status).not.toHaveProperty('startTime');
  expect(refused.status?.message).toMatch(/^Pod was rejected: Predicate NodeAffinity failed: /);
  expect(await sim.events('early')).toEqual([
    "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  ]);
  await sim.client.patch(nodes, { name: NODE }, 'merge', { metadata: { labels: { disk: 'ssd' } } });
  await sim.createPod('late', spec);
  await sim.until('late', isReady);
  await sim.stopKubelet();
});

test('a host name or resolv.conf that cannot be is told', async () => {
  const sim = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  const containers = [{ name: 'c', image: 'web' }];
  await sim.createPod('long'.repeat(12), {
    containers,
    subdomain: 'a-long-subdomain',
    setHostnameAsFQDN: true,
  });
  await sim.clock.advance(500);
  expect((await sim.events('long'.repeat(12)))[0]).toMatch(
    /^FailedCreatePodSandBox: Failed to create pod sandbox: failed to construct FQDN from Pod /,
  );
  const dnsConfig = { nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3'] };
  await sim.createPod('names', { containers, dnsConfig });
  await sim.until('names', isReady);
  expect(await sim.events('names')).toContain(
    'DNSConfigForming: Nameserver limits were exceeded, some nameservers have been omitted, ' +
      'the applied nameserver line is: 10.43.0.10 1.1.1.1 2.2.2.2',
  );
  await sim.stopKubelet();
});

test('a pod that is bound to a node with a taint NoExecute does not begin there', async () => {
  const sim = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  const spec = { containers: [{ name: 'c', image: 'web' }] };
  await sim.createPod('before', spec);
  await sim.until('before', isReady);
  const taints = [{ key: 'k', effect: 'NoExecute' }];
  await sim.client.patch(nodes, { name: NODE }, 'merge', { spec: { taints } });
  await sim.createPod('after', spec);
  const { status } = await sim.until('after', (pod) => pod.status?.phase === 'Failed');
  expect(status).toMatchObject({
    reason: 'TaintToleration',
    message:
      'Pod was rejected: Predicate TaintToleration failed: ' +
      "node(s) had taints that the pod didn't tolerate",
  });
  // What runs is not the kubelet's to end.
  await sim.stopKubelet();
  sim.startKubelet();
  await sim.clock.advance(30_000);
  expect(isReady(await sim.pod('before'))).toBe(true);
  await sim.stopKubelet();
});
