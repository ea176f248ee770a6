import { spawnSync } from 'node:child_process';
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
  for (let index = 0; index < APPLIES; index++) {
    const name = `apply-${index}`;
    const ready = watchReady(cluster, [name]);
    const startedAt = performance.now();
    kubectlApply(cluster, pod(name));
    await ready;
    times.push(performance.now() - startedAt);
    await remove(client, name);
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
  const ready = watchReady(cluster, ['warm-up']);
  expectStatus(await client.request('POST', PODS, 'application/json', pod('warm-up')));
  await ready;
  await remove(client, 'warm-up');
}

async function together(cluster: BenchCluster, client: HttpClient): Promise<number> {
  const names = Array.from({ length: TOGETHER }, (_, index) => `together-${index}`);
  const ready = watchReady(cluster, names);
  const startedAt = performance.now();
  for (const name of names) {
    expectStatus(await client.request('POST', PODS, 'application/json', pod(name)));
  }
  await ready;
  const ms = performance.now() - startedAt;
  for (const name of names) await remove(client, name);
  return ms;
}

async function remove(client: HttpClient, name: string): Promise<void> {
  expectStatus(await client.request('DELETE', `${PODS}/${name}?gracePeriodSeconds=1`));
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

function kubectlApply(cluster: BenchCluster, manifest: string): void {
  const kubectl = findKubectl(process.env);
  if (kubectl === null) throw new Error('this scenario needs kubectl on PATH');
  const result = spawnSync(kubectl, ['apply', '-f', '-'], {
    input: manifest,
    env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`kubectl apply: ${result.stderr}`);
}

/** Resolves when each of the named pods has been Ready, as a watch tells it. */
async function watchReady(cluster: BenchCluster, names: readonly string[]): Promise<void> {
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
      const { object } = JSON.parse(line) as { object: PodLike };
      const ready = object.status.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status === 'True') waiting.delete(object.metadata.name);
    }
  }
  clearTimeout(limit);
  client.close();
}

interface PodLike {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}
