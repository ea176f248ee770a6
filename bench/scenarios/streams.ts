import { findKubectl } from '../../src/cli/commands/kubectl.ts';
import type { BenchCluster } from '../cluster.ts';
import { type Figure, medianBy, quantile } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { runTimed } from '../limits/command-time.ts';
import { LoopWatch, measurePhase } from '../phase.ts';
import { execOverWebSocket, readRate, whileForwarded } from '../stream-clients.ts';
import {
  changeMap,
  podAddress,
  STREAM_BYTES,
  STREAM_POD,
  STREAM_PORT,
  startStreamPod,
} from '../stream-pod.ts';

const SCENARIO = 'streams';
const COMMANDS = 20;
const CHANGES = 20;
const READS = 5;

/** What a person at a running pod waits for: a command, a tunnel's bytes, a changed setting. */
export async function streamsScenario(cluster: BenchCluster): Promise<Figure[]> {
  const kubectl = findKubectl(process.env);
  if (kubectl === null) throw new Error('this scenario needs kubectl on PATH');
  const client = await HttpClient.open(cluster.access);
  await startStreamPod(cluster, client);
  const loop = await LoopWatch.open(cluster);
  const figures: Figure[] = [];
  await loop.during(async () => {
    figures.push(...(await commands(cluster, kubectl)));
    figures.push(...(await tunnel(cluster, kubectl, await podAddress(client))));
    const changes: number[] = [];
    for (let turn = 0; turn < CHANGES; turn++) changes.push(await changeMap(client, `v${turn}`));
    figures.push(...times('ConfigMap change to file change', changes));
  });
  client.close();
  return [...figures, ...loop.end(SCENARIO)];
}

async function commands(cluster: BenchCluster, kubectl: string): Promise<Figure[]> {
  const env = { KUBECONFIG: cluster.kubeconfig };
  const byKubectl: number[] = [];
  const bySocket: number[] = [];
  for (let turn = 0; turn < COMMANDS; turn++) {
    byKubectl.push(await runTimed(kubectl, ['exec', STREAM_POD, '--', 'true'], { env }));
  }
  const { cpuMs } = await measurePhase(cluster.pid, async () => {
    for (let turn = 0; turn < COMMANDS; turn++) {
      bySocket.push(await execOverWebSocket(cluster.access, STREAM_POD, 'true'));
    }
  });
  const [p50, p99] = times('exec of true over a WebSocket', bySocket) as [Figure, Figure];
  return [...times('kubectl exec -- true', byKubectl), { ...p50, cpuMs: cpuMs / COMMANDS }, p99];
}

/** The tunnel of kubectl, beside a connection to the pod's own address, in turns. */
async function tunnel(cluster: BenchCluster, kubectl: string, address: string): Promise<Figure[]> {
  const { kubeconfig, pid } = cluster;
  const plain: number[] = [];
  const forwarded: number[] = [];
  let cpuMs = 0;
  await whileForwarded(kubectl, kubeconfig, STREAM_POD, STREAM_PORT, async (port) => {
    for (let turn = 0; turn < READS; turn++) {
      plain.push(await readRate(address, STREAM_PORT, STREAM_BYTES));
      const phase = await measurePhase(pid, async () => {
        forwarded.push(await readRate('127.0.0.1', port, STREAM_BYTES));
      });
      cpuMs += phase.cpuMs;
    }
  });
  const megabytes = (STREAM_BYTES / 1e6) * READS;
  const rate = (name: string, rates: readonly number[]) => ({
    scenario: SCENARIO,
    name,
    value: medianBy(rates, (value) => value),
    unit: 'MB/s',
  });
  return [
    { ...rate('kubectl port-forward of 64 MiB', forwarded), cpuMs: cpuMs / megabytes },
    rate('the same by plain TCP to the pod', plain),
  ];
}

function times(name: string, all: readonly number[]): Figure[] {
  const figure = (q: number) => ({
    scenario: SCENARIO,
    name: `${name}, p${q * 100}`,
    value: quantile(all, q),
    unit: 'ms',
  });
  return [figure(0.5), figure(0.99)];
}
