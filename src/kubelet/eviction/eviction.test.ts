import { describe, expect, it } from 'vitest';
import type { Pod, PodSpec } from '../../generated/types.ts';
import { admitUnderPressure } from './admit-under-pressure.ts';
import { evictionMessage } from './eviction-message.ts';
import { isDiskLimited, overDiskLimit } from './local-storage.ts';
import { NO_PRESSURE_YET, type PressureCondition, planPressure } from './pressure.ts';
import { isCritical, rankPods } from './rank-pods.ts';
import { type Observation, parseThresholds, type Signal } from './thresholds.ts';

const MIB = 2 ** 20;

function podOf(name: string, resources: object = {}, spec: Partial<PodSpec> = {}): Pod {
  const containers = [{ name: 'c', resources }];
  return { metadata: { name }, spec: { containers, ...spec } } as unknown as Pod;
}

const usageOf = (pod: Pod, used: number) => ({ pod, used, containers: new Map([['c', used]]) });
const memory = (requests: string) => ({ requests: { memory: requests } });

describe('rankPods', () => {
  const names = (...args: Parameters<typeof rankPods>) =>
    rankPods(...args).map(({ pod }) => pod.metadata.name);

  it('for memory: above the request first, then low priority, then furthest above', () => {
    const pods = [
      usageOf(podOf('within', memory('200Mi'), { priority: -5 }), 100 * MIB),
      usageOf(podOf('important', memory('10Mi'), { priority: 10 }), 900 * MIB),
      usageOf(podOf('little above', memory('90Mi')), 100 * MIB),
      usageOf(podOf('far above', memory('10Mi')), 80 * MIB),
    ];
    expect(names(pods, 'memory')).toEqual(['far above', 'little above', 'important', 'within']);
  });

  it('for processes: low priority first, then many', () => {
    const pods = [
      usageOf(podOf('few'), 2),
      usageOf(podOf('many'), 20),
      usageOf(podOf('low', {}, { priority: -1 }), 1),
    ];
    expect(names(pods, 'pids')).toEqual(['low', 'many', 'few']);
  });

  it('leaves critical and static pods', () => {
    expect(isCritical(podOf('p', {}, { priority: 2_000_000_000 }))).toBe(true);
    const metadata = { uid: '0123456789abcdef0123456789abcdef' };
    expect(isCritical({ ...podOf('p'), metadata })).toBe(true);
    expect(isCritical(podOf('p'))).toBe(false);
  });

  it('believes no pod of the API that says it is static', () => {
    const uid = 'b2e1b1c5-3c0a-4d35-8a2e-0e7f3f6c1d55';
    const annotations = { 'kubernetes.io/config.source': 'file' };
    expect(isCritical({ ...podOf('p'), metadata: { uid, annotations } })).toBe(false);
  });
});

describe('planPressure', () => {
  const thresholds = parseThresholds('nodefs.available<10%,memory.available<100Mi');
  const observed = (available: number, memoryBytes: number) =>
    new Map<Signal, Observation>([
      ['nodefs.available', { available, capacity: 1000 }],
      ['memory.available', { available: memoryBytes, capacity: 1e9 }],
    ]);

  it('deals with memory first', () => {
    const plan = planPressure(NO_PRESSURE_YET, observed(99, 1), thresholds, 0);
    expect(plan.met.map(({ signal }) => signal)).toEqual(['memory.available', 'nodefs.available']);
    expect(plan.conditions).toEqual(new Set(['DiskPressure', 'MemoryPressure']));
    expect(planPressure(NO_PRESSURE_YET, observed(100, 100 * MIB), thresholds, 0).met).toEqual([]);
  });

  it('of a soft threshold says so at once, and meets it when it has lasted', () => {
    const soft = [{ ...thresholds[0]!, graceMs: 30_000 }];
    const met = (state: typeof NO_PRESSURE_YET, available: number, nowMs: number) =>
      planPressure(state, observed(available, 1e9), soft, nowMs);
    const first = met(NO_PRESSURE_YET, 99, 0);
    expect([...first.conditions]).toEqual(['DiskPressure']);
    expect(first.met).toEqual([]);
    expect(met(first.state, 99, 29_999).met).toEqual([]);
    expect(met(first.state, 99, 30_000).met).toEqual(soft);
    const between = met(first.state, 100, 20_000);
    expect(met(between.state, 99, 40_000).met).toEqual([]);
  });

  it('keeps a condition for five minutes after its cause', () => {
    const { state } = planPressure(NO_PRESSURE_YET, observed(1, 1e9), thresholds, 0);
    const later = planPressure(state, observed(500, 1e9), thresholds, 299_999);
    expect(later.conditions).toEqual(new Set(['DiskPressure']));
    expect(later.met).toEqual([]);
    expect(planPressure(state, observed(500, 1e9), thresholds, 300_000).conditions.size).toBe(0);
  });
});

describe('evictionMessage', () => {
  it('is upstream’s', () => {
    const [threshold] = parseThresholds('memory.available<100Mi');
    const capacity = 2 ** 30;
    const observations = new Map([
      ['memory.available', { available: 80 * MIB, capacity }] as const,
    ]);
    const usage = usageOf(podOf('p', memory('64Mi')), 128 * MIB);
    expect(evictionMessage(threshold!, observations, usage)).toBe(
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. ' +
        'Container c was using 128Mi, request is 64Mi, has larger consumption of memory. ',
    );
  });

  it('counts inodes as numbers, and leaves out what keeps to its request', () => {
    const [threshold] = parseThresholds('nodefs.inodesFree<5%');
    const observations = new Map([
      ['nodefs.inodesFree', { available: 40, capacity: 1000 }] as const,
    ]);
    const usage = { pod: podOf('p'), used: 5, containers: new Map() };
    expect(evictionMessage(threshold!, observations, usage)).toBe(
      'The node was low on resource: inodes. Threshold quantity: 50, available: 40. ',
    );
  });
});

describe('overDiskLimit', () => {
  const disk = (volume: number, layer: number, log: number) => ({
    volumes: new Map([['data', volume]]),
    layers: new Map([['c', layer]]),
    logs: new Map([['c', log]]),
  });
  const volumes = [{ name: 'data', emptyDir: { sizeLimit: '1Mi' } }];
  const limit = { limits: { 'ephemeral-storage': '10Mi' } };

  it('names the volume beyond its limit', () => {
    const pod = podOf('p', {}, { volumes });
    expect(isDiskLimited(pod)).toBe(true);
    expect(overDiskLimit(pod, disk(MIB, 0, 0))).toBeNull();
    expect(overDiskLimit(pod, disk(MIB + 1, 0, 0))).toBe(
      'Usage of EmptyDir volume "data" exceeds the limit "1Mi". ',
    );
  });

  it('counts volumes, layers and logs against the limit of all containers', () => {
    const unlimited = [{ name: 'data', emptyDir: {} }];
    const pod = podOf('p', limit, { volumes: unlimited });
    expect(overDiskLimit(pod, disk(4 * MIB, 3 * MIB, 3 * MIB))).toBeNull();
    expect(overDiskLimit(pod, disk(4 * MIB, 3 * MIB, 4 * MIB))).toBe(
      'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
    );
  });

  it('names the container beyond its limit, where others have more', () => {
    const other = { name: 'other', resources: { limits: { 'ephemeral-storage': '90Mi' } } };
    const pod = podOf('p');
    pod.spec.containers = [{ name: 'c', resources: limit }, other];
    expect(overDiskLimit(pod, disk(0, 9 * MIB, 2 * MIB))).toBe(
      'Container c exceeded its local ephemeral storage limit "10Mi". ',
    );
  });

  it('does not concern pods without limits', () => {
    const memoryOnly = [{ name: 'data', emptyDir: {} }];
    expect(isDiskLimited(podOf('p', memory('1Mi'), { volumes: memoryOnly }))).toBe(false);
  });
});

describe('admitUnderPressure', () => {
  const both = new Set<PressureCondition>(['MemoryPressure', 'DiskPressure']);
  const short = new Set<PressureCondition>(['MemoryPressure']);

  it('refuses all pods for all but memory, and those without requests for memory', () => {
    expect(admitUnderPressure(podOf('p', memory('1Mi')), both)).toEqual({
      reason: 'Evicted',
      message: 'The node had condition: [DiskPressure MemoryPressure]. ',
    });
    expect(admitUnderPressure(podOf('p', memory('1Mi')), short)).toBeNull();
    expect(admitUnderPressure(podOf('p'), short)?.reason).toBe('Evicted');
    const tolerations = [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }];
    expect(admitUnderPressure(podOf('p', {}, { tolerations }), short)).toBeNull();
    expect(admitUnderPressure(podOf('p', {}, { priority: 2_000_000_001 }), both)).toBeNull();
    expect(admitUnderPressure(podOf('p'), new Set())).toBeNull();
  });
});
