import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Node } from '../../src/generated/types.ts';
import { newCluster, type TestCluster } from '../harness/cluster.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, isReady, type Lab, openLab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const kubectl = labKubectl();
/** A look every 10 s, and a walk of the disk. */
const EVICTION_MS_MAX = 60_000;

const writer = (path: string, mebibytes: number) => ({
  args: ['sh', '-c', `head -c ${mebibytes}m /dev/zero > ${path}; sleep 600`],
});

async function waitForEviction(lab: Lab, name: string): Promise<string> {
  const isEvicted = ({ status }: { status?: { reason?: string } }) => status?.reason === 'Evicted';
  const { status } = await lab.waitForPod(name, 'is evicted', isEvicted, EVICTION_MS_MAX);
  expect(status?.phase).toBe('Failed');
  const told = (status?.message ?? '').replace(/^Pod was rejected: /, '');
  await lab.waitForEvent(name, 'Evicted', told);
  return status?.message ?? '';
}

describe.concurrent('limits of local storage', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `disk-${name}`, work);

  it(
    'end a pod whose volume, layer or logs are beyond them',
    lab('limits', async (lab) => {
      const volumeMounts = [{ name: 'data', mountPath: '/data' }];
      const limited = { volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }] };
      await lab.createPod('volume', { ...writer('/data/file', 5), volumeMounts }, limited);
      const resources = { limits: { 'ephemeral-storage': '2Mi' } };
      await lab.createPod('layer', { ...writer('/file', 8), resources });
      const shout = 'yes 0123456789012345678901234567890123456789 | head -c 6m; sleep 600';
      await lab.createPod('logs', { args: ['sh', '-c', shout], resources });
      const within = { 'ephemeral-storage': '200Mi' };
      await lab.createPod('within', { ...writer('/file', 8), resources: { limits: within } });
      const total = 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ';
      expect(await waitForEviction(lab, 'volume')).toBe(
        'Usage of EmptyDir volume "data" exceeds the limit "1Mi". ',
      );
      expect(await waitForEviction(lab, 'layer')).toBe(total);
      expect(await waitForEviction(lab, 'logs')).toBe(total);
      expect(isReady((await lab.pod('within'))!)).toBe(true);
      const shown = await lab.kubectl.ok('get', 'pods');
      expect(shown).toMatch(/^volume +0\/1 +(Evicted|Error|ContainerStatusUnknown) /m);
    }),
  );

  it(
    'of a volume in memory are those of its file system',
    lab('memory', async (lab) => {
      const volumeMounts = [{ name: 'data', mountPath: '/data' }];
      const memory = [{ name: 'data', emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } }];
      const script = 'head -c 5m /dev/zero > /data/file || echo it is full; sleep 600';
      const container = { args: ['sh', '-c', script], volumeMounts };
      await lab.createPod('memory', container, { volumes: memory });
      await lab.waitForReady('memory');
      await waitUntil('it says that the volume is full', EVICTION_MS_MAX, async () =>
        (await lab.kubectl.ok('logs', 'memory')).includes('it is full'),
      );
    }),
  );
});

describe('a node that runs short', () => {
  let cluster: TestCluster;
  let lab: Lab;

  beforeAll(async () => {
    const { mirrors } = await sharedCluster();
    cluster = await newCluster({ mirrors });
    // More than any machine has: short of memory whatever runs.
    const up = await cluster.proa([
      'up',
      ...cluster.upArgs,
      '--eviction-hard',
      'memory.available<99.9%',
    ]);
    expect(up.code, up.stderr).toBe(0);
    lab = await openLab(cluster, kubectl, 'short');
  });

  afterAll(async () => {
    await lab?.close();
    await cluster?.remove();
  });

  it('says so, keeps new pods away, and evicts those that use more than they request', async () => {
    const node = await waitUntil('the node is under pressure', EVICTION_MS_MAX, async () => {
      const { items } = (await lab.api.get<{ items: Node[] }>('/api/v1/nodes'))!;
      const condition = items[0]?.status?.conditions?.find(({ type }) => type === 'MemoryPressure');
      return condition?.status === 'True' && items[0];
    });
    const condition = node.status?.conditions?.find(({ type }) => type === 'MemoryPressure');
    expect(condition?.reason).toBe('KubeletHasInsufficientMemory');
    const name = node.metadata.name ?? '';
    const key = 'node.kubernetes.io/memory-pressure';
    await waitUntil('the node is tainted', EVICTION_MS_MAX, async () => {
      const seen = await lab.api.get<Node>(`/api/v1/nodes/${name}`);
      return seen?.spec?.taints?.some(
        (taint) => taint.key === key && taint.effect === 'NoSchedule',
      );
    });
    await lab.createPod('away', { args: ['sleep', '600'] });
    await lab.waitForEvent('away', 'FailedScheduling', /untolerated taint/);
    await lab.createPod('bound', { args: ['sleep', '600'] }, { nodeName: name });
    expect(await waitForEviction(lab, 'bound')).toBe(
      'Pod was rejected: The node had condition: [MemoryPressure]. ',
    );
    const tolerations = [{ key, operator: 'Exists' }];
    await lab.createPod('tolerant', { args: ['sleep', '600'] }, { tolerations });
    expect(await waitForEviction(lab, 'tolerant')).toMatch(
      /^The node was low on resource: memory\. Threshold quantity: \S+, available: \S+\. Container main was using \S+, request is 0, has larger consumption of memory\. $/,
    );
    expect(await lab.kubectl.ok('describe', 'node')).toContain('EvictionThresholdMet');
  });
});
