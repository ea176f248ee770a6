import { setTimeout as wait } from 'node:timers/promises';
import { containerdLayout } from '../../src/host/containerd/layout.ts';
import type { BenchCluster } from '../cluster.ts';
import { type Figure, quantile } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { LoopWatch } from '../phase.ts';
import { deleteAndWait } from '../pod-watch.ts';
import { PROBES_A_POD, type ProbeHandler, startProbedPods } from '../probed-pods.ts';
import { ProbedServer, periodErrors } from '../probed-server.ts';
import { cpuMsOf, cpuMsWithChildren, processesWith } from '../process-usage.ts';
import { shimsOf } from '../shims.ts';

const SCENARIO = 'probes';
const HTTP_PODS = 25;
const EXEC_PODS = 5;
const PERIOD_MS = 1_000;
/** The starts' own work settles before the measure begins. */
const SETTLE_MS = 5_000;
const MEASURE_MS = 20_000;
const PODS = '/api/v1/namespaces/default/pods';

/** What probes cost, and how punctual they are: 500 a second over HTTP, then 100 by commands. */
export async function probesScenario(cluster: BenchCluster): Promise<Figure[]> {
  return [...(await httpProbes(cluster)), ...(await execProbes(cluster))];
}

/** The pods' probes all go to one server of the benchmark's, which sees when they come. */
async function httpProbes(cluster: BenchCluster): Promise<Figure[]> {
  const loop = await LoopWatch.open(cluster);
  const server = await ProbedServer.open();
  const httpGet = { host: '127.0.0.1', port: server.port };
  const handler: ProbeHandler = (name) => ({ httpGet: { ...httpGet, path: `/${name}` } });
  let arrivals: ReturnType<ProbedServer['take']> = new Map();
  const cpuMs = await whileProbed(cluster, names('http', HTTP_PODS), handler, async () => {
    server.take();
    const before = cpuMsOf(cluster.pid);
    await loop.during(() => wait(MEASURE_MS));
    arrivals = server.take();
    return cpuMsOf(cluster.pid) - before;
  });
  server.close();
  const count = [...arrivals.values()].reduce((sum, { length }) => sum + length, 0);
  const errors = periodErrors(arrivals, PERIOD_MS);
  const scenario = SCENARIO;
  return [
    { scenario, name: 'HTTP probes', value: (count / MEASURE_MS) * 1000, unit: '/s' },
    milliseconds('CPU of an HTTP probe', cpuMs / count),
    milliseconds('time between HTTP probes, off by, p50', quantile(errors, 0.5)),
    milliseconds('time between HTTP probes, off by, p99', quantile(errors, 0.99)),
    ...loop.end(`${SCENARIO}, HTTP`),
  ];
}

async function execProbes(cluster: BenchCluster): Promise<Figure[]> {
  const loop = await LoopWatch.open(cluster);
  const handler: ProbeHandler = () => ({ exec: { command: ['true'] } });
  const count = EXEC_PODS * PROBES_A_POD * (MEASURE_MS / PERIOD_MS);
  const [daemon, containerd, shims] = await whileProbed(
    cluster,
    names('exec', EXEC_PODS),
    handler,
    async () => {
      const before = read(cluster);
      await loop.during(() => wait(MEASURE_MS));
      return read(cluster).map((ms, index) => (ms - before[index]!) / count);
    },
  );
  return [
    milliseconds('CPU of an exec probe', daemon ?? Number.NaN),
    milliseconds('CPU of an exec probe, containerd', containerd ?? Number.NaN),
    milliseconds('CPU of an exec probe, shim, runc and command', shims ?? Number.NaN),
    ...loop.end(`${SCENARIO}, exec`),
  ];
}

/** Runs `measure` while these pods are probed. */
async function whileProbed<T>(
  cluster: BenchCluster,
  pods: readonly string[],
  handler: ProbeHandler,
  measure: () => Promise<T>,
): Promise<T> {
  const client = await HttpClient.open(cluster.access);
  await startProbedPods(cluster, client, pods, handler);
  await wait(SETTLE_MS);
  const measured = await measure();
  await deleteAndWait(cluster, client, PODS, pods);
  client.close();
  return measured;
}

/** CPU time so far of the daemon, of containerd, and of all shims with what they have run. */
function read({ pid, home }: BenchCluster): number[] {
  const containerd = processesWith(containerdLayout(home).config)[0];
  return [
    cpuMsOf(pid),
    containerd === undefined ? Number.NaN : cpuMsOf(containerd),
    shimsOf(home).reduce((sum, shim) => sum + cpuMsWithChildren(shim), 0),
  ];
}

function names(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index}`);
}

function milliseconds(name: string, value: number): Figure {
  return { scenario: SCENARIO, name, value, unit: 'ms' };
}
