import type { BenchCluster } from '../cluster.ts';
import { type Figure, quantile } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { podBody, podName } from '../pod-body.ts';

const CLIENTS = 32;
const CREATES = 10_000;
/** Half are deleted before the lists, so that these find the 2,000 pods of the table. */
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

  const all = (count: number, work: Work) => perSecond(clients, count, work);
  const figures: Figure[] = [];
  const add = (name: string, value: number, unit: string, goal?: string, peer?: string) =>
    figures.push({ scenario: 'API, 32 clients', name, value, unit, goal, peer });

  const creates = await all(CREATES, (client, index) =>
    client.request('POST', PODS, JSON_TYPE, podBody(index)),
  );
  add('create pods', creates, '/s', '> 3000', '658/s');
  const deletes = await all(CREATES - LISTED, (client, index) =>
    client.request('DELETE', `${PODS}/${podName(LISTED + index)}?gracePeriodSeconds=0`),
  );
  add('delete pods', deletes, '/s', '> 3000');
  const one = (index: number) => `${PODS}/${podName(index % LISTED)}`;
  const gets = await all(OPERATIONS, (client, index) => client.request('GET', one(index)));
  add('get', gets, '/s', '> 7000', '1,357/s');
  const patches = await all(OPERATIONS, (client, index) => {
    const patch = JSON.stringify({ metadata: { labels: { turn: `t${index}` } } });
    return client.request('PATCH', one(index), MERGE, patch);
  });
  add('merge patch', patches, '/s');
  const statuses = await all(OPERATIONS, (client, index) => {
    const patch = JSON.stringify({ status: { message: `turn ${index}` } });
    return client.request('PATCH', `${one(index)}/status`, MERGE, patch);
  });
  add('status patch', statuses, '/s');

  add('list of 2,000 pods, p50', await listTime(first, PODS), 'ms', '< 15', '129 ms');
  const byLabel = `${PODS}?labelSelector=group%3Dg3`;
  add('list of 200 of them by label, p50', await listTime(first, byLabel), 'ms');
  for (const client of clients) client.close();
  return figures;
}

type Work = (client: HttpClient, index: number) => Promise<{ status: number; body: Buffer }>;

/** Shares `count` operations out among the clients and answers how many were done a second. */
async function perSecond(
  clients: readonly HttpClient[],
  count: number,
  work: Work,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (next < count) expectStatus(await work(client, next++));
    }),
  );
  return count / ((performance.now() - startedAt) / 1000);
}

async function listTime(client: HttpClient, path: string): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < LISTS; index++) {
    const startedAt = performance.now();
    expectStatus(await client.request('GET', path));
    times.push(performance.now() - startedAt);
  }
  return quantile(times, 0.5);
}

/** A benchmark of failures would measure nothing. */
export function expectStatus({ status, body }: { status: number; body: Buffer }): void {
  if (status >= 300) throw new Error(`status ${status}: ${body.toString().slice(0, 500)}`);
}
