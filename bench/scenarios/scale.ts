import type { BenchCluster } from '../cluster.ts';
import { type Figure, medianBy } from '../figures.ts';
import type { HttpClient } from '../http-client.ts';
import {
  expectStatus,
  LoopWatch,
  measurePhase,
  openClients,
  type Phase,
  share,
  type Work,
} from '../phase.ts';
import { podBody, podName } from '../pod-body.ts';

const SCENARIO = 'scale';
const SIZES = [1_000, 20_000] as const;
const CLIENTS = 16;
const OPERATIONS = 4_000;
const ROUNDS = 5;
/** Rounds at the smaller size that only run the code until it is as fast as it gets. */
const WARM_ROUNDS = 2;
/** Flat, but for the noise of two measures. */
const GOAL = '< 1.25';
const NAMESPACES = '/api/v1/namespaces';
const PODS = `${NAMESPACES}/bench-scale/pods`;
const JSON_TYPE = 'application/json';
const NAMES = ['create', 'get', 'update', 'delete'] as const;

type Times = Readonly<Record<(typeof NAMES)[number], Phase>>;

/** Whether an operation takes as long among 20,000 objects as among 1,000. */
export async function scaleScenario(cluster: BenchCluster): Promise<Figure[]> {
  const clients = await openClients(cluster.access, CLIENTS);
  const [first] = clients as [HttpClient, ...HttpClient[]];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench-scale' } };
  expectStatus(await first.request('POST', NAMESPACES, JSON_TYPE, JSON.stringify(namespace)));
  const loop = await LoopWatch.open(cluster);
  const measured: Times[] = [];
  let present = 0;
  for (const size of SIZES) {
    const missing = size - present;
    const from = present;
    await share(clients, missing, (client, index) =>
      client.request('POST', PODS, JSON_TYPE, podBody(from + index)),
    );
    present = size;
    for (let round = 0; size === SIZES[0] && round < WARM_ROUNDS; round++) {
      await measureAt(cluster, clients, size);
    }
    await loop.during(async () => {
      measured.push(await measureAt(cluster, clients, size));
    });
  }
  for (const client of clients) client.close();
  const [few, many] = measured as [Times, Times];
  return [...NAMES.flatMap((name) => compare(name, few[name], many[name])), ...loop.end(SCENARIO)];
}

/** The median round of each operation with `size` objects there. */
async function measureAt(
  { pid }: BenchCluster,
  clients: readonly HttpClient[],
  size: number,
): Promise<Times> {
  const extra = (index: number) => `${PODS}/${podName(size + index)}`;
  const present = (index: number) => `${PODS}/${podName((index * 7_919) % size)}`;
  const merge = 'application/merge-patch+json';
  const works: Record<(typeof NAMES)[number], Work> = {
    create: (client, index) => client.request('POST', PODS, JSON_TYPE, podBody(size + index)),
    get: (client, index) => client.request('GET', present(index)),
    update: (client, index) => {
      const labels = { turn: `t${index}-${Math.round(performance.now())}` };
      const patch = JSON.stringify({ metadata: { labels } });
      return client.request('PATCH', present(index), merge, patch);
    },
    delete: (client, index) => client.request('DELETE', `${extra(index)}?gracePeriodSeconds=0`),
  };
  const rounds: Record<(typeof NAMES)[number], Phase>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const phases: [string, Phase][] = [];
    for (const name of NAMES) {
      const work = () => share(clients, OPERATIONS, works[name]);
      phases.push([name, await measurePhase(pid, work)]);
    }
    rounds.push(Object.fromEntries(phases) as Record<(typeof NAMES)[number], Phase>);
  }
  const median = (name: (typeof NAMES)[number]) =>
    medianBy(
      rounds.map((round) => round[name]),
      ({ cpuMs }) => cpuMs,
    );
  return Object.fromEntries(NAMES.map((name) => [name, median(name)])) as Times;
}

function compare(name: string, few: Phase, many: Phase): Figure[] {
  const scenario = SCENARIO;
  const cpuMs = many.cpuMs / OPERATIONS;
  const times = '20,000 objects to 1,000';
  return [
    {
      scenario,
      name: `${name}, CPU each, ${times}`,
      value: many.cpuMs / few.cpuMs,
      unit: 'times',
      goal: GOAL,
      cpuMs,
      clientCpuMs: many.clientCpuMs / OPERATIONS,
    },
    { scenario, name: `${name}, time each, ${times}`, value: many.ms / few.ms, unit: 'times' },
  ];
}
