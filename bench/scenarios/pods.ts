import { availableParallelism } from 'node:os';
import { findKubectl } from '../../src/cli/commands/kubectl.ts';
import type { BenchCluster } from '../cluster.ts';
import { type Figure, medianBy, quantile } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { BareNode } from '../limits/bare-node.ts';
import { runTimed } from '../limits/command-time.ts';
import { limitFigure } from '../limits/measured-limit.ts';
import { expectStatus, LoopWatch } from '../phase.ts';
import { deleteAndWait, isReady, watchFor } from '../pod-watch.ts';
import { readyPod } from '../ready-pod.ts';
import { untilNoShims } from '../shims.ts';
import type { Surroundings } from '../surroundings.ts';

const SCENARIO = 'pods';
const APPLIES = 20;
const TOGETHER = 50;
const ROUNDS = 3;
/** Without a kubelet, fifty are started fastest with about so many under way. */
const BARE_AT_ONCE = 4 * availableParallelism();
const PODS = '/api/v1/namespaces/default/pods';

/**
 * How long pods take to become Ready: one by `kubectl apply`, and fifty at once. The latter in turns
 * with a containerd that has no kubelet, where limits are asked for: within minutes the same machine
 * takes up to twice as long for the same starts.
 */
export async function podsScenario(
  cluster: BenchCluster,
  { mirrors, tellLimit }: Surroundings,
): Promise<Figure[]> {
  const client = await HttpClient.open(cluster.access);
  // Pulls the image, so that the figures are of a start and not of a pull.
  await startMany(cluster, client, ['warm-up']);
  await deleteAndWait(cluster, client, PODS, ['warm-up']);
  const loop = await LoopWatch.open(cluster);
  const times: number[] = [];
  const commands: number[] = [];
  await loop.during(async () => {
    for (let index = 0; index < APPLIES; index++) {
      const { readyMs, commandMs } = await applyOne(cluster, client, `apply-${index}`);
      times.push(readyMs);
      commands.push(commandMs);
    }
  });
  const rounds = await fifties(cluster, client, loop, tellLimit === null ? null : mirrors);
  if (tellLimit !== null) {
    const seconds = median(rounds.bare);
    const name = `bare CRI: ${TOGETHER} started, ${BARE_AT_ONCE} at once`;
    tellLimit({ figure: limitFigure(name, { value: seconds, unit: 's' }), limit: 'fiftyPods' });
  }
  client.close();
  const apply = 'kubectl apply to Ready';
  const scenario = SCENARIO;
  return [
    {
      ...milliseconds(`${apply}, p50`, quantile(times, 0.5)),
      goal: '< 350',
      peer: '925 ms',
      limit: 'kubectlAndPod',
    },
    milliseconds(`${apply}, p99`, quantile(times, 0.99)),
    milliseconds('of which kubectl itself, p50', quantile(commands, 0.5)),
    {
      scenario,
      name: '50 pods with a 1 s readiness probe, all Ready',
      value: median(rounds.own),
      unit: 's',
      goal: '< 5',
      peer: '14.4 s',
      limit: 'fiftyPods',
    },
    ...loop.end(scenario, 'fiftyLoop'),
  ];
}

/** The seconds of each round of fifty, and of the bare ones between them. */
async function fifties(
  cluster: BenchCluster,
  client: HttpClient,
  loop: LoopWatch,
  mirrors: readonly string[] | null,
): Promise<{ readonly own: readonly number[]; readonly bare: readonly number[] }> {
  const names = Array.from({ length: TOGETHER }, (_, index) => `together-${index}`);
  const node = mirrors === null ? null : await BareNode.open(mirrors);
  const own: number[] = [];
  const bare: number[] = [];
  const ownRound = async () => {
    await loop.during(async () => {
      own.push((await startMany(cluster, client, names)) / 1000);
    });
    await deleteAndWait(cluster, client, PODS, names);
    await untilNoShims(cluster.home);
  };
  const bareRound = async () => {
    if (node !== null) bare.push((await node.startMany(TOGETHER, BARE_AT_ONCE)) / 1000);
  };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const turns = [ownRound, bareRound];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    }
  } finally {
    await node?.close();
  }
  return { own, bare };
}

function median(values: readonly number[]): number {
  return medianBy(values, (value) => value);
}

async function applyOne(
  cluster: BenchCluster,
  client: HttpClient,
  name: string,
): Promise<{ readonly readyMs: number; readonly commandMs: number }> {
  const kubectl = findKubectl(process.env);
  if (kubectl === null) throw new Error('this scenario needs kubectl on PATH');
  const ready = watchFor(cluster, PODS, [name], isReady);
  const startedAt = performance.now();
  const env = { KUBECONFIG: cluster.kubeconfig };
  const command = runTimed(kubectl, ['apply', '-f', '-'], { input: readyPod(name), env });
  await ready;
  const readyMs = performance.now() - startedAt;
  const commandMs = await command;
  await deleteAndWait(cluster, client, PODS, [name]);
  return { readyMs, commandMs };
}

/** Creates pods, and answers how many milliseconds it took until all were Ready. */
async function startMany(
  cluster: BenchCluster,
  client: HttpClient,
  names: readonly string[],
): Promise<number> {
  const ready = watchFor(cluster, PODS, names, isReady);
  const startedAt = performance.now();
  for (const name of names) {
    expectStatus(await client.request('POST', PODS, 'application/json', readyPod(name)));
  }
  await ready;
  return performance.now() - startedAt;
}

function milliseconds(name: string, value: number): Figure {
  return { scenario: SCENARIO, name, value, unit: 'ms' };
}
