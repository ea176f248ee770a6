import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { findKubectl } from '../../src/cli/commands/kubectl.ts';
import type { BenchCluster } from '../cluster.ts';
import { type Figure, quantile } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { expectStatus } from './api.ts';

const APPLIES = 20;
const TOGETHER = 50;
const PODS = '/api/v1/namespaces/default/pods';
const IMAGE = 'alpine';
/** Longer than any start that is worth a figure. */
const READY_LIMIT_MS = 120_000;

/** How long pods take to become Ready: one by `kubectl apply`, and fifty at once. */
export async function podsScenario(cluster: BenchCluster): Promise<Figure[]> {
  const client = await HttpClient.open(cluster.access);
  await warmUp(cluster, client);
  const times: number[] = [];
  const commands: number[] = [];
  for (let index = 0; index < APPLIES; index++) {
    const name = `apply-${index}`;
    const ready = watchFor(cluster, [name], isReady);
    const startedAt = performance.now();
    const command = kubectlApply(cluster, pod(name)).then(() => performance.now() - startedAt);
    await ready;
    times.push(performance.now() - startedAt);
    commands.push(await command);
    await remove(cluster, client, [name]);
  }
  const fifty = await together(cluster, client);
  client.close();
  return [
    {
      scenario: 'pods',
      name: 'kubectl apply to Ready, p50',
      value: quantile(times, 0.5),
      unit: 'ms',
      goal: '< 350',
      peer: '925 ms',
    },
    {
      scenario: 'pods',
      name: 'kubectl apply to Ready, p99',
      value: quantile(times, 0.99),
      unit: 'ms',
    },
    {
      scenario: 'pods',
      name: 'of which kubectl itself, p50',
      value: quantile(commands, 0.5),
      unit: 'ms',
    },
    {
      scenario: 'pods',
      name: '50 pods with a 1 s readiness probe, all Ready',
      value: fifty / 1000,
      unit: 's',
      goal: '< 5',
      peer: '14.4 s',
    },
  ];
}

/** Pulls the image, so that the figures are of a start and not of a pull. */
async function warmUp(cluster: BenchCluster, client: HttpClient): Promise<void> {
  const ready = watchFor(cluster, ['warm-up'], isReady);
  expectStatus(await client.request('POST', PODS, 'application/json', pod('warm-up')));
  await ready;
  await remove(cluster, client, ['warm-up']);
}

async function together(cluster: BenchCluster, client: HttpClient): Promise<number> {
  const names = Array.from({ length: TOGETHER }, (_, index) => `together-${index}`);
  const ready = watchFor(cluster, names, isReady);
  const startedAt = performance.now();
  for (const name of names) {
    expectStatus(await client.request('POST', PODS, 'application/json', pod(name)));
  }
  await ready;
  const ms = performance.now() - startedAt;
  await remove(cluster, client, names);
  return ms;
}

/** Deletes pods and waits until they are gone, so that their end weighs on no figure. */
async function remove(
  cluster: BenchCluster,
  client: HttpClient,
  names: readonly string[],
): Promise<void> {
  const gone = watchFor(cluster, names, ({ type }) => type === 'DELETED');
  for (const name of names) {
    expectStatus(await client.request('DELETE', `${PODS}/${name}?gracePeriodSeconds=1`));
  }
  await gone;
}

function pod(name: string): string {
  const readinessProbe = { httpGet: { path: '/', port: 8000 }, periodSeconds: 1 };
  const command = ['sh', '-c', 'echo ok > /tmp/index.html; exec httpd -f -p 8000 -h /tmp'];
  const containers = [
    { name: 'web', image: IMAGE, imagePullPolicy: 'IfNotPresent', command, readinessProbe },
  ];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers },
  });
}

async function kubectlApply(cluster: BenchCluster, manifest: string): Promise<void> {
  const kubectl = findKubectl(process.env);
  if (kubectl === null) throw new Error('this scenario needs kubectl on PATH');
  const child = spawn(kubectl, ['apply', '-f', '-'], {
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.end(manifest);
  const [message, [code]] = await Promise.all([textOf(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`kubectl apply: ${message}`);
}

/** Resolves when an event of each of the named pods was what is waited for. */
async function watchFor(
  cluster: BenchCluster,
  names: readonly string[],
  isAwaited: (event: PodEvent) => boolean,
): Promise<void> {
  const client = await HttpClient.open(cluster.access);
  const limit = setTimeout(() => client.close(), READY_LIMIT_MS);
  const waiting = new Set(names);
  await client.open(`${PODS}?watch=true`);
  let text = '';
  while (waiting.size > 0) {
    text += (await client.received()).toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.filter((candidate) => candidate.startsWith('{'))) {
      const event = JSON.parse(line) as PodEvent;
      if (isAwaited(event)) waiting.delete(event.object.metadata.name);
    }
  }
  clearTimeout(limit);
  client.close();
}

interface PodEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  };
}

function isReady({ object }: PodEvent): boolean {
  return object.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}
