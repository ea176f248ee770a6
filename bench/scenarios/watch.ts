import type { BenchCluster } from '../cluster.ts';
import type { Figure } from '../figures.ts';
import { HttpClient } from '../http-client.ts';
import { podBody, podName } from '../pod-body.ts';
import { usageOf } from '../process-usage.ts';
import { expectStatus } from './api.ts';

const WATCHERS = 50;
const UPDATES = 400;
const WRITERS = 8;
const NAMESPACES = '/api/v1/namespaces';
const PODS = `${NAMESPACES}/bench-watch/pods`;
const MARK = Buffer.from('"type":"MODIFIED"');

/** 50 watchers that all see 400 updates: how many events reach them a second. */
export async function watchScenario(cluster: BenchCluster): Promise<Figure[]> {
  const open = () => HttpClient.open(cluster.access);
  const writers = await Promise.all(Array.from({ length: WRITERS }, open));
  const [first] = writers as [HttpClient, ...HttpClient[]];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench-watch' } };
  const json = 'application/json';
  expectStatus(await first.request('POST', NAMESPACES, json, JSON.stringify(namespace)));
  for (let index = 0; index < WRITERS; index++) {
    expectStatus(await first.request('POST', PODS, json, podBody(index)));
  }
  const list = JSON.parse((await first.request('GET', PODS)).body.toString());
  const version = list.metadata.resourceVersion as string;

  const watchers = await Promise.all(Array.from({ length: WATCHERS }, open));
  for (const watcher of watchers) {
    const status = await watcher.open(`${PODS}?watch=true&resourceVersion=${version}`);
    if (status !== 200) throw new Error(`watch: status ${status}`);
  }
  const figures: Figure[] = [];
  for (const name of ['400 updates to all, the first', '400 updates to all, the fifth']) {
    const measured = await round(cluster.pid, writers, watchers);
    const scenario = 'watch, 50 watchers';
    figures.push({ scenario, name, ...measured, goal: '> 100000', peer: '13,600/s' });
    // Code that has run before runs faster; a server of some age has.
    for (let turn = 0; figures.length === 1 && turn < 3; turn++) {
      await round(cluster.pid, writers, watchers);
    }
  }
  for (const client of [...writers, ...watchers]) client.close();
  return figures;
}

async function round(
  pid: number,
  writers: readonly HttpClient[],
  watchers: readonly HttpClient[],
): Promise<Pick<Figure, 'value' | 'unit' | 'cpuMs'>> {
  const { cpuSeconds } = usageOf(pid);
  const startedAt = performance.now();
  const seen = Promise.all(watchers.map((watcher) => countEvents(watcher, UPDATES)));
  let next = 0;
  await Promise.all(
    writers.map(async (writer, index) => {
      while (next < UPDATES) {
        const turn = `${next++}-${startedAt}`;
        const patch = JSON.stringify({ metadata: { labels: { turn: `t${turn}` } } });
        const path = `${PODS}/${podName(index)}`;
        expectStatus(await writer.request('PATCH', path, 'application/merge-patch+json', patch));
      }
    }),
  );
  await seen;
  const seconds = (performance.now() - startedAt) / 1000;
  const events = WATCHERS * UPDATES;
  const cpuMs = ((usageOf(pid).cpuSeconds - cpuSeconds) * 1000) / events;
  return { value: events / seconds, unit: 'events/s', cpuMs };
}

/** Reads until so many MODIFIED events have come. */
async function countEvents(watcher: HttpClient, count: number): Promise<void> {
  let seen = 0;
  let rest: Buffer = Buffer.alloc(0);
  while (seen < count) {
    const bytes = Buffer.concat([rest, await watcher.received()]);
    let from = 0;
    for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, from)) {
      seen++;
      from = at + MARK.length;
    }
    rest = bytes.subarray(Math.max(from, bytes.length - MARK.length + 1));
  }
}
