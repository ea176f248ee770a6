import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NodeMetrics, PodMetrics } from '../../src/objects/metrics/metrics-kind.ts';
import { isReady, NODE, SimNode } from './sim-node.ts';

let node: SimNode;

beforeEach(async () => {
  node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
});

afterEach(() => node.stopKubelet());

/** GET of a path of metrics.k8s.io. */
const get = (path: string, query = '') => getAny(`/apis/metrics.k8s.io/v1beta1/${path}`, query);

async function getAny(path: string, query = ''): Promise<{ code: number; body: unknown }> {
  const answer = node.server.handler({
    method: 'GET',
    path,
    query: new URLSearchParams(query),
    headers: { accept: 'application/json' },
    user: { name: 'admin', groups: ['system:masters'] },
    body: null,
    signal: new AbortController().signal,
  });
  await node.clock.advance(1_000);
  const { status, body } = await answer;
  if (body.type === 'bytes') return { code: status, body: new TextDecoder().decode(body.bytes) };
  if (body.type === 'object') return { code: status, body: body.encoded.object };
  if (body.type !== 'list') throw new Error(`a body of type ${body.type}`);
  return { code: status, body: body.items.map(({ object }) => object) };
}

function use(pod: { metadata: { uid?: string } }, id: string, cpuMs: number, mebibytes: number) {
  const group = `/proa/kubepods/besteffort/pod${pod.metadata.uid}/${id}`;
  const bytes = mebibytes * 2 ** 20;
  const cpuNanos = cpuMs * 1e6;
  const usage = { cpuNanos, memoryBytes: bytes, workingSetBytes: bytes, processes: 1 };
  node.cgroups.usages.set(group, usage);
}

test('the use of pods is an average between two questions, or over the first second', async () => {
  const labels = { app: 'a' };
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] }, { labels });
  const pod = await node.until('p', isReady);
  const id = pod.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '';
  use(pod, id, 100, 10);
  await node.clock.advance(5_000);
  const first = (await get('pods')).body as PodMetrics[];
  expect(first).toMatchObject([
    {
      apiVersion: 'metrics.k8s.io/v1beta1',
      metadata: { name: 'p', namespace: 'default', labels },
      window: '1s',
      containers: [{ name: 'c', usage: { cpu: '0', memory: '10Mi' } }],
    },
  ]);
  use(pod, id, 2_600, 20);
  await node.clock.advance(10_000);
  const { body } = await get('namespaces/default/pods/p');
  expect(body).toMatchObject({
    window: '10s',
    containers: [{ usage: { cpu: '250m', memory: '20Mi' } }],
  });
});

test('selectors choose, and what is not there is not found', async () => {
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] }, { labels: { a: 'b' } });
  const pod = await node.until('p', isReady);
  const id = pod.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '';
  use(pod, id, 0, 1);
  const count = async (query: string) => ((await get('pods', query)).body as unknown[]).length;
  expect(await count('labelSelector=a%3Db')).toBe(1);
  expect(await count('labelSelector=a%3Dc')).toBe(0);
  expect(await count('fieldSelector=metadata.name%3Dp')).toBe(1);
  expect(await get('namespaces/default/pods/q')).toMatchObject({
    code: 404,
    body: { message: 'pods.metrics.k8s.io "default/q" not found' },
  });
  expect(await get('pods', 'watch=true')).toMatchObject({ code: 405 });
});

test('the use of the node is that of the machine', async () => {
  node.usage.now = { ...node.usage.now, workingSetBytes: 3 * 2 ** 30 };
  const { body } = await get(`nodes/${NODE}`);
  const { metadata, usage } = body as NodeMetrics;
  expect(metadata.labels?.['kubernetes.io/hostname']).toBe(NODE);
  expect(usage).toEqual({ cpu: '0', memory: '3Gi' });
});

test('nothing is measured while nobody asks', async () => {
  await get('nodes');
  const { pending } = node.clock;
  await node.clock.advance(120_000);
  expect(node.clock.pending).toBe(pending);
});

test('the node tells the same of itself, with the disk, by its proxy', async () => {
  const volumes = [{ name: 'data', emptyDir: {} }];
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }], volumes });
  const pod = await node.until('p', isReady);
  const id = pod.status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '';
  use(pod, id, 100, 10);
  node.usage.bytes.set('p/volume/data', 7);
  node.usage.bytes.set('p/layer/c', 5);
  node.usage.bytes.set('p/log/c', 3);
  const proxy = `/api/v1/nodes/${NODE}/proxy`;
  const { code, body } = await getAny(`${proxy}/stats/summary`);
  expect(code).toBe(200);
  const MIB = 2 ** 20;
  expect(JSON.parse(String(body))).toMatchObject({
    node: {
      nodeName: NODE,
      memory: { workingSetBytes: 1024 * MIB, availableBytes: 7 * 1024 * MIB },
      fs: { capacityBytes: 100 * 1024 * MIB, usedBytes: 20 * 1024 * MIB, inodesUsed: 100_000 },
      rlimit: { maxpid: 32_768, curproc: 100 },
    },
    pods: [
      {
        podRef: { name: 'p', namespace: 'default', uid: pod.metadata.uid },
        containers: [
          {
            name: 'c',
            cpu: { usageNanoCores: 0, usageCoreNanoSeconds: 100_000_000 },
            memory: { usageBytes: 10 * MIB, workingSetBytes: 10 * MIB },
            rootfs: { usedBytes: 5 },
            logs: { usedBytes: 3 },
          },
        ],
        volume: [{ name: 'data', usedBytes: 7 }],
        'ephemeral-storage': { usedBytes: 15 },
      },
    ],
  });
  const walks = node.usage.walks;
  await getAny(`${proxy}/stats/summary`);
  expect(node.usage.walks).toBe(walks);
  await node.clock.advance(60_000);
  await getAny(`${proxy}/stats/summary`);
  expect(node.usage.walks).toBe(walks + 1);
  expect(await getAny(`${proxy}/healthz`)).toEqual({ code: 200, body: 'ok' });
  expect(await getAny(`${proxy}/none`)).toEqual({ code: 404, body: '404 page not found\n' });
  expect((await getAny('/api/v1/nodes/other/proxy/healthz')).code).toBe(404);
});
