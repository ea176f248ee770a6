import type { BenchCluster } from '../cluster.ts';
import { type Figure, quantile } from '../figures.ts';
import { type Answer, HttpClient } from '../http-client.ts';
import { podBody, podName } from '../pod-body.ts';
import { usageOf } from '../process-usage.ts';

const CLIENTS = 32;
const CREATES = 10_000;
/** The others are deleted before the reads, so that a list finds the 2,000 pods of the table. */
const LISTED = 2_000;
const OPERATIONS = 8_000;
const LISTS = 20;
const NAMESPACE_PATH = '/api/v1/namespaces';
const PODS = `${NAMESPACE_PATH}/bench/pods`;

const MERGE = 'application/merge-patch+json';
const JSON_TYPE = 'application/json';

/** Creates, reads, patches, lists and deletes pods with 32 clients over HTTPS. */
export async function apiScenario(cluster: BenchCluster): Promise<Figure[]> {
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, () => HttpClient.open(cluster.access)),
  );
  const [first] = clients as [HttpClient, ...HttpClient[]];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } };
  expectStatus(await first.request('POST', NAMESPACE_PATH, JSON_TYPE, JSON.stringify(namespace)));

  const { pid } = cluster;
  const all = (count: number, work: Work) => measure(pid, count, () => share(clients, count, work));
  const figures: Figure[] = [];
  const add = (name: string, measured: Measured, goal?: string, peer?: string) =>
    figures.push({ scenario: 'API, 32 clients', name, ...measured, goal, peer });

  const creates = await all(CREATES, (client, index) =>
    client.request('POST', PODS, JSON_TYPE, podBody(index)),
  );
  add('create pods', creates, '> 3000', '658/s');
  const deletes = await all(CREATES - LISTED, (client, index) =>
    client.request('DELETE', `${PODS}/${podName(LISTED + index)}?gracePeriodSeconds=0`),
  );
  add('delete pods', deletes);
  const one = (index: number) => `${PODS}/${podName(index % LISTED)}`;
  const gets = await all(OPERATIONS, (client, index) => client.request('GET', one(index)));
  add('get', gets, '> 7000', '1,357/s');
  const patches = await all(OPERATIONS, (client, index) => {
    const patch = JSON.stringify({ metadata: { labels: { turn: `t${index}` } } });
    return client.request('PATCH', one(index), MERGE, patch);
  });
  add('merge patch', patches);
  const statuses = await all(OPERATIONS, (client, index) => {
    const patch = JSON.stringify({ status: { message: `turn ${index}` } });
    return client.request('PATCH', `${one(index)}/status`, MERGE, patch);
  });
  add('status patch', statuses);

  const list = (path: string) => listTime(pid, first, path);
  add('list of 2,000 pods, p50', await list(PODS), '< 15', '129 ms');
  add('list of 200 of them by label, p50', await list(`${PODS}?labelSelector=group%3Dg3`));
  for (const client of clients) client.close();
  return figures;
}

type Measured = Pick<Figure, 'value' | 'unit' | 'cpuMs'>;
export type Work = (client: HttpClient, index: number) => Promise<Answer>;

/** Runs `work`, of `count` operations, and answers how many were done a second. */
async function measure(pid: number, count: number, work: () => Promise<void>): Promise<Measured> {
  const { cpuSeconds } = usageOf(pid);
  const startedAt = performance.now();
  await work();
  const value = count / ((performance.now() - startedAt) / 1000);
  const cpuMs = ((usageOf(pid).cpuSeconds - cpuSeconds) * 1000) / count;
  return { value, unit: '/s', cpuMs };
}

/** Shares `count` operations out among the clients; each has one under way at a time. */
export async function share(
  clients: readonly HttpClient[],
  count: number,
  work: Work,
): Promise<void> {
  let next = 0;
  await Promise.all(
    clients.map(async (client) => {
      while (next < count) expectStatus(await work(client, next++));
    }),
  );
}

async function listTime(pid: number, client: HttpClient, path: string): Promise<Measured> {
  const times: number[] = [];
  const { cpuMs } = await measure(pid, LISTS, async () => {
    for (let index = 0; index < LISTS; index++) {
      const startedAt = performance.now();
      expectStatus(await client.request('GET', path));
      times.push(performance.now() - startedAt);
    }
  });
  return { value: quantile(times, 0.5), unit: 'ms', cpuMs };
}

/** A benchmark of failures would measure nothing. */
export function expectStatus({ status, body }: Answer): void {
  if (status >= 300) throw new Error(`status ${status}: ${body.toString().slice(0, 500)}`);
}
