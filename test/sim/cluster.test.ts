import { describe, expect, it } from 'vitest';
import { configMaps, events, namespaces, nodes, pods } from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { isReason } from '../../src/objects/api-error.ts';
import { SimCluster } from './sim-cluster.ts';

const LIVENESS_EXEC: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'liveness-exec', namespace: 'default' },
  spec: {
    containers: [
      {
        name: 'liveness',
        image: 'k8s.gcr.io/busybox',
        args: ['/bin/sh', '-c', 'touch /tmp/healthy; sleep 30; rm -rf /tmp/healthy; sleep 600'],
        livenessProbe: {
          exec: { command: ['cat', '/tmp/healthy'] },
          initialDelaySeconds: 5,
          periodSeconds: 5,
        },
      },
    ],
  },
};

/** Every state of the pod and every event within four minutes, with its virtual second. */
async function trace(seed: number): Promise<string[]> {
  const sim = await SimCluster.start(seed);
  const lines: string[] = [];
  const startedAt = sim.clock.now();
  const { resourceVersion } = await sim.admin.list(pods);
  await sim.admin.create(pods, structuredClone(LIVENESS_EXEC));
  await sim.clock.advance(240_000);
  const watch = await sim.admin.watch(pods, { resourceVersion }, new AbortController().signal);
  for (let frames = watch.take(100); frames.length > 0; frames = watch.take(100)) {
    for (const { type, object } of frames) lines.push(`${type} ${JSON.stringify(object)}`);
  }
  watch.close();
  const { items } = await sim.admin.list(events, { namespace: 'default' });
  for (const { metadata, reason, message, count, lastTimestamp } of items) {
    const second = (Date.parse(lastTimestamp ?? '') - startedAt) / 1000;
    lines.push(`${metadata.name} ${reason} ${message} x${count} at ${second}`);
  }
  // A container would go on after the cluster's end, and its timers with it.
  await sim.admin.delete(pods, 'liveness-exec', 'default');
  await sim.clock.advance(60_000);
  await sim.stop();
  expect(sim.clock.pending).toBe(0);
  return lines;
}

describe('a whole cluster on the virtual clock', () => {
  it('has its node, its namespaces and their contents from the start', async () => {
    const sim = await SimCluster.start(1);
    const node = await sim.admin.get(nodes, 'sim');
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.status).toBe('True');
    const { items } = await sim.admin.list(namespaces);
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    const ca = await sim.admin.get(configMaps, 'kube-root-ca.crt', 'default');
    expect(ca.data).toEqual({ 'ca.crt': 'CA' });
    await sim.stop();
    expect(sim.clock.pending).toBe(0);
  });

  it('schedules a pod, probes it, restarts it, and says so', async () => {
    const lines = (await trace(1)).join('\n');
    expect(lines).toContain('Successfully assigned default/liveness-exec to sim');
    expect(lines).toContain(
      "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory",
    );
    expect(lines).toContain('Container liveness failed liveness probe, will be restarted');
    expect(lines).toContain('"restartCount":2');
  });

  it('does the very same for the same seed, and not for another', async () => {
    const first = await trace(7);
    expect(await trace(7)).toEqual(first);
    expect(await trace(8)).not.toEqual(first);
  });

  it('empties a namespace that is deleted, its running pod first', async () => {
    const sim = await SimCluster.start(3);
    const metadata = { name: 'shop' };
    await sim.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {} });
    await sim.clock.advance(100);
    const pod = structuredClone(LIVENESS_EXEC);
    pod.metadata.namespace = 'shop';
    await sim.admin.create(pods, pod);
    await sim.clock.advance(5_000);
    await sim.admin.delete(namespaces, 'shop');
    await sim.clock.advance(45_000);
    const gone = await sim.admin.get(namespaces, 'shop').catch((error) => error);
    expect(isReason(gone, 'NotFound')).toBe(true);
    await sim.stop();
  });
});
