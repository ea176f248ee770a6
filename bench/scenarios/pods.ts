import { findKubectl } from '../../src/cli/commands/kubectl.ts';
import type { BenchCluster } from '../cluster.ts';
import { type Figure, medianBy, quantile } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { runTimed } from '../limits/command-time.ts';
import { expectStatus, LoopWatch } from '../phase.ts';
import { deleteAndWait, isReady, watchFor } from '../pod-watch.ts';
import { readyPod } from '../ready-pod.ts';

const SCENARIO = 'pods';
const APPLIES = 20;
const TOGETHER = 50;
const ROUNDS = 3;
const PODS = '/api/v1/namespaces/default/pods';

/** How long pods take to become Ready: one by `kubectl apply`, and fifty at once. */
export async function podsScenario(cluster: BenchCluster): Promise<Figure[]> {
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
  const names = Array.from({ length: TOGETHER }, (_, index) => `together-${index}`);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await loop.during(async () => {
      rounds.push(await startMany(cluster, client, names));
    });
    await deleteAndWait(cluster, client, PODS, names);
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
      value: medianBy(rounds, (ms) => ms) / 1000,
      unit: 's',
      goal: '< 5',
      peer: '14.4 s',
      limit: 'fiftyPods',
    },
    ...loop.end(scenario, 'fiftyLoop'),
  ];
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
