import type { BenchCluster } from '../cluster.ts';
import { type Figure, medianBy, quantile } from '../figures.ts';
import type { HttpClient } from '../http-client.ts';
import {
  expectStatus,
  LoopWatch,
  openClients,
  type Phase,
  rateOf,
  share,
  type Work,
} from '../phase.ts';
import { podBody, podName } from '../pod-body.ts';

const SCENARIO = 'API, 32 clients';
const CLIENTS = 32;
const ROUNDS = 3;
/** Those that lists and reads find: the pods of the table. */
const LISTED = 2_000;
/** Made and deleted again in each round. */
const CREATES = 4_000;
const OPERATIONS = 8_000;
const LISTS = 20;
const NAMESPACES = '/api/v1/namespaces';
const PODS = `${NAMESPACES}/bench/pods`;

const MERGE = 'application/merge-patch+json';
const JSON_TYPE = 'application/json';

type Expected = Pick<Figure, 'goal' | 'peer' | 'limit'>;

/** Creates, reads, patches, lists and deletes pods with 32 clients over HTTPS. */
export async function apiScenario(cluster: BenchCluster): Promise<Figure[]> {
  const clients = await openClients(cluster.access, CLIENTS);
  const [first] = clients as [HttpClient, ...HttpClient[]];
  await makePods(first, clients);
  const loop = await LoopWatch.open(cluster);
  const figures: Figure[] = [];
  const rounds = new Map<string, Phase[]>();
  const run = async (name: string, count: number, work: Work) => {
    const phase = await loop.measure(() => share(clients, count, work));
    rounds.set(name, [...(rounds.get(name) ?? []), phase]);
  };
  const add = (name: string, count: number, expected: Expected = {}) => {
    const phase = medianBy(rounds.get(name) ?? [], ({ ms }) => ms);
    figures.push({ scenario: SCENARIO, name, ...rateOf(phase, count), ...expected });
  };
  const extra = (index: number) => `${PODS}/${podName(LISTED + index)}?gracePeriodSeconds=0`;
  const listed = (index: number) => `${PODS}/${podName(index % LISTED)}`;
  for (let round = 0; round < ROUNDS; round++) {
    await run('create pods', CREATES, (client, index) =>
      client.request('POST', PODS, JSON_TYPE, podBody(LISTED + index)),
    );
    await run('delete pods', CREATES, (client, index) => client.request('DELETE', extra(index)));
    await run('get', OPERATIONS, (client, index) => client.request('GET', listed(index)));
    await run('merge patch', OPERATIONS, (client, index) => {
      const patch = JSON.stringify({ metadata: { labels: { turn: `t${round}-${index}` } } });
      return client.request('PATCH', listed(index), MERGE, patch);
    });
    await run('status patch', OPERATIONS, (client, index) => {
      const patch = JSON.stringify({ status: { message: `turn ${round}-${index}` } });
      return client.request('PATCH', `${listed(index)}/status`, MERGE, patch);
    });
  }
  add('create pods', CREATES, { goal: '> 3000', peer: '658/s', limit: 'post' });
  add('delete pods', CREATES, { goal: '> 3000', limit: 'get' });
  add('get', OPERATIONS, { goal: '> 7000', peer: '1,357/s', limit: 'get' });
  add('merge patch', OPERATIONS, { limit: 'post' });
  add('status patch', OPERATIONS, { limit: 'post' });
  figures.push(
    await listTime(loop, first, 'list of 2,000 pods, p50', PODS, {
      goal: '< 15',
      peer: '129 ms',
      limit: 'list2000',
    }),
  );
  const label = `${PODS}?labelSelector=group%3Dg3`;
  figures.push(await listTime(loop, first, 'list of 200 of them by label, p50', label));
  for (const client of clients) client.close();
  return [...figures, ...loop.end(SCENARIO)];
}

/** The namespace and the pods that stay. */
async function makePods(first: HttpClient, clients: readonly HttpClient[]): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } };
  expectStatus(await first.request('POST', NAMESPACES, JSON_TYPE, JSON.stringify(namespace)));
  await share(clients, LISTED, (client, index) =>
    client.request('POST', PODS, JSON_TYPE, podBody(index)),
  );
}

async function listTime(
  loop: LoopWatch,
  client: HttpClient,
  name: string,
  path: string,
  expected: Expected = {},
): Promise<Figure> {
  const times: number[] = [];
  const phase = await loop.measure(async () => {
    for (let index = 0; index < LISTS; index++) {
      const startedAt = performance.now();
      await client.measure(path);
      times.push(performance.now() - startedAt);
    }
  });
  const time = { value: quantile(times, 0.5), unit: 'ms' };
  return { scenario: SCENARIO, name, ...rateOf(phase, LISTS), ...time, ...expected };
}
