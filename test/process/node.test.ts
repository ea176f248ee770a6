import { readFileSync } from 'node:fs';
import { cpus, hostname, totalmem } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease, Node } from '../../src/generated/types.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { type Lab, openLab } from '../harness/lab.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

describe('the node', () => {
  let lab: Lab;
  let node: Node;

  beforeAll(async () => {
    lab = await openLab((await sharedCluster()).cluster, labKubectl(), 'node');
    node = (await lab.api.get<{ items: Node[] }>('/api/v1/nodes'))!.items[0]!;
  });
  afterAll(() => lab?.close());

  it('is named after the machine, and says what it is', () => {
    const name = hostname().toLowerCase();
    expect(node.metadata.name).toBe(name);
    expect(node.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
    });
    const kernel = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
    expect(node.status?.nodeInfo).toMatchObject({
      kernelVersion: kernel,
      bootID: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      operatingSystem: 'linux',
      kubeletVersion: expect.stringMatching(/^v1\.34\./),
      containerRuntimeVersion: expect.stringMatching(/^containerd:\/\/\d+\.\d+/),
      osImage: expect.stringMatching(/./),
    });
  });

  it('has the capacity of the machine', () => {
    const { capacity = {}, allocatable = {} } = node.status ?? {};
    expect(capacity.cpu).toBe(String(cpus().length));
    expect(capacity.memory).toBe(`${Math.floor(totalmem() / 1024)}Ki`);
    expect([capacity.pods, allocatable.pods]).toEqual(['110', '110']);
    expect(capacity['ephemeral-storage']).toMatch(/^\d+(Ki)?$/);
  });

  it('is Ready, under no pressure, with an address and a range for pods', () => {
    const conditions = (node.status?.conditions ?? []).map(({ type, status, reason }) =>
      [type, status, reason].join(' '),
    );
    expect(conditions.sort()).toEqual([
      'DiskPressure False KubeletHasNoDiskPressure',
      'MemoryPressure False KubeletHasSufficientMemory',
      'PIDPressure False KubeletHasSufficientPID',
      'Ready True KubeletReady',
    ]);
    const types = (node.status?.addresses ?? []).map(({ type }) => type);
    expect(types).toEqual(['InternalIP', 'Hostname']);
    expect(node.spec?.podCIDR).toMatch(/^10\.\d+\.0\.0\/\d+$/);
  });

  it('lists its images', async () => {
    await lab.createPod('pulls', { args: ['sleep', '600'] });
    await lab.waitForReady('pulls');
    const path = `/api/v1/nodes/${node.metadata.name}`;
    const image = await waitUntil('busybox among its images', 30_000, async () =>
      (await lab.api.get<Node>(path))?.status?.images?.find(({ names }) =>
        names?.includes('docker.io/library/busybox:latest'),
      ),
    );
    expect(image.sizeBytes).toBeGreaterThan(100_000);
  });

  it('renews its lease', async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${node.metadata.name}`;
    const first = await lab.api.get<Lease>(path);
    expect(first?.spec).toMatchObject({
      holderIdentity: node.metadata.name,
      leaseDurationSeconds: 40,
    });
    await waitUntil('the lease is renewed', 20_000, async () => {
      const { spec } = (await lab.api.get<Lease>(path)) ?? {};
      return spec?.renewTime !== first?.spec?.renewTime;
    });
  });
});
