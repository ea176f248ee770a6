import { setTimeout as wait } from 'node:timers/promises';
import type { BenchCluster } from '../cluster.ts';
import type { Figure } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { cpuMsOf, processesWith, type Usage, usageOf } from '../process-usage.ts';

const SCENARIO = 'idle';
/** The start's own work settles before the measure begins. */
const SETTLE_MS = 10_000;
const MEASURE_MS = 60_000;

interface Reading extends Usage {
  readonly cpuMs: number;
}

/** What an idle cluster costs: memory, CPU, wake-ups and disk writes of Proa and its containerd. */
export async function idleScenario(cluster: BenchCluster): Promise<Figure[]> {
  const containerd = processesWith(cluster.home).find((pid) => pid !== cluster.pid);
  const revisionBefore = await storeRevision(cluster);
  await wait(SETTLE_MS);
  const before = read(cluster.pid);
  const containerdBefore = containerd === undefined ? null : read(containerd);
  await wait(MEASURE_MS);
  const after = read(cluster.pid);
  const containerdAfter = containerd === undefined ? null : read(containerd);
  const revisionAfter = await storeRevision(cluster);

  const perMinute = 60_000 / MEASURE_MS;
  const writes = revisionAfter - revisionBefore;
  const figures: Figure[] = [
    memory('resident memory', after, { goal: '< 130', peer: '675 MB' }),
    cpu('CPU', before, after, { goal: '< 0.5', peer: '21 %' }),
    rate('wake-ups', (after.wakeUps - before.wakeUps) / (MEASURE_MS / 1000), '/ second'),
    rate(
      'disk writes',
      ((after.writtenBytes - before.writtenBytes) / 1000) * perMinute,
      'kB/minute',
    ),
    rate(
      'write calls (files, pipes, sockets)',
      (after.writeCalls - before.writeCalls) * perMinute,
      '/ minute',
    ),
    rate(
      'transactions of the store, each with its fsync',
      (writes * 60_000) / (MEASURE_MS + SETTLE_MS),
      '/ minute',
    ),
  ];
  if (containerdBefore !== null && containerdAfter !== null) {
    figures.push(
      memory('containerd memory', containerdAfter),
      cpu('containerd CPU', containerdBefore, containerdAfter),
    );
  }
  return figures;
}

function read(pid: number): Reading {
  return { ...usageOf(pid), cpuMs: cpuMsOf(pid) };
}

/** The store counts its transactions. */
async function storeRevision({ access }: BenchCluster): Promise<number> {
  const client = await HttpClient.open(access);
  const { body } = await client.request('GET', '/metrics');
  client.close();
  return Number(/^proa_store_revision (\d+)$/m.exec(body.toString())?.[1]);
}

type Expected = Pick<Figure, 'goal' | 'peer'>;

function memory(name: string, { residentBytes }: Reading, expected: Expected = {}): Figure {
  return { scenario: SCENARIO, name, value: residentBytes / 1e6, unit: 'MB', ...expected };
}

function cpu(name: string, before: Reading, after: Reading, expected: Expected = {}): Figure {
  const value = ((after.cpuMs - before.cpuMs) / MEASURE_MS) * 100;
  return { scenario: SCENARIO, name, value, unit: '% of a core', ...expected };
}

function rate(name: string, value: number, unit: string): Figure {
  return { scenario: SCENARIO, name, value, unit };
}
