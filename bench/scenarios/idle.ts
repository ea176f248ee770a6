import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCluster } from '../cluster.ts';
import type { Figure } from '../figures.ts';
import { processesWith, usageOf } from '../process-usage.ts';

/** The start's own work settles before the measure begins. */
const SETTLE_MS = 10_000;
const MEASURE_MS = 30_000;

/** What an idle cluster costs: memory, CPU and disk writes of Proa, and of its containerd. */
export async function idleScenario(cluster: BenchCluster): Promise<Figure[]> {
  await wait(SETTLE_MS);
  const containerd = processesWith(cluster.home).find((pid) => pid !== cluster.pid);
  const before = usageOf(cluster.pid);
  const containerdBefore = containerd === undefined ? null : usageOf(containerd);
  await wait(MEASURE_MS);
  const after = usageOf(cluster.pid);
  const percent = (from: number, to: number) => ((to - from) / (MEASURE_MS / 1000)) * 100;

  const scenario = 'idle';
  const figures: Figure[] = [
    {
      scenario,
      name: 'resident memory',
      value: after.residentBytes / 1e6,
      unit: 'MB',
      goal: '< 130',
      peer: '675 MB',
    },
    {
      scenario,
      name: 'CPU',
      value: percent(before.cpuSeconds, after.cpuSeconds),
      unit: '% of a core',
      goal: '< 0.5',
      peer: '21 %',
    },
    {
      scenario,
      name: 'disk writes',
      value: ((after.writtenBytes - before.writtenBytes) / 1000) * (60_000 / MEASURE_MS),
      unit: 'kB/min',
    },
  ];
  if (containerd !== undefined && containerdBefore !== null) {
    const now = usageOf(containerd);
    const cpu = percent(containerdBefore.cpuSeconds, now.cpuSeconds);
    figures.push(
      { scenario, name: 'containerd memory', value: now.residentBytes / 1e6, unit: 'MB' },
      { scenario, name: 'containerd CPU', value: cpu, unit: '% of a core' },
    );
  }
  return figures;
}
