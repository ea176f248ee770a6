import type { BenchCluster } from '../cluster.ts';
import { fanOut, Watchers } from '../fan-out.ts';
import { type Figure, medianBy } from '../figures.ts';
import type { HttpClient } from '../http-client.ts';
import {
  expectStatus,
  LoopWatch,
  measurePhase,
  openClients,
  type Phase,
  rateOf,
  share,
  type Work,
} from '../phase.ts';
import { podBody, podName } from '../pod-body.ts';

const SCENARIO = 'watch';
const WATCHERS = 50;
const UPDATES = 400;
const WRITERS = 8;
/** Rounds before the one that is told as warm: a server of some age has run its code before. */
const WARM_ROUNDS = 3;
const ROUNDS = 3;
/** As many as the store's history keeps at the least. */
const MISSED = 10_000;
const NAMESPACES = '/api/v1/namespaces';
const PODS = `${NAMESPACES}/bench-watch/pods`;
const JSON_TYPE = 'application/json';

/** Watches that all see every update, and one that has missed many. */
export async function watchScenario(cluster: BenchCluster): Promise<Figure[]> {
  const writers = await openClients(cluster.access, WRITERS);
  await makePods(writers);
  const loop = await LoopWatch.open(cluster.access);
  // First, since the history that it reads must hold all that it missed.
  const late = await catchUp(cluster, writers, loop);
  const figures = [...(await toAll(cluster, writers, loop)), late];
  for (const client of writers) client.close();
  return [...figures, ...loop.end(SCENARIO)];
}

async function toAll(
  cluster: BenchCluster,
  writers: readonly HttpClient[],
  loop: LoopWatch,
): Promise<Figure[]> {
  const path = `${PODS}?watch=true&resourceVersion=${await revision(writers)}`;
  const watchers = await Watchers.open(cluster, path, WATCHERS);
  const round = async () => {
    let phase: Phase | undefined;
    await loop.during(async () => {
      phase = await fanOut(cluster, watchers, writers, UPDATES, update);
    });
    return rateOf(phase as Phase, UPDATES * WATCHERS);
  };
  const first = await round();
  for (let turn = 0; turn < WARM_ROUNDS; turn++) await round();
  const warm: (typeof first)[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) warm.push(await round());
  watchers.close();
  const expected = {
    unit: 'events/s',
    goal: '> 100000',
    peer: '13,600/s',
    limit: 'fanOut',
  } as const;
  const scenario = SCENARIO;
  return [
    { scenario, name: '400 updates to 50 watchers, the first', ...first, ...expected },
    {
      scenario,
      name: '400 updates to 50 watchers, once warm',
      ...medianBy(warm, ({ value }) => value),
      ...expected,
    },
  ];
}

/** How long a watch takes to bring all that came since an old version. */
async function catchUp(
  cluster: BenchCluster,
  writers: readonly HttpClient[],
  loop: LoopWatch,
): Promise<Figure> {
  const path = `${PODS}?watch=true&resourceVersion=${await revision(writers)}`;
  await share(writers, MISSED, update);
  const phases: Phase[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await loop.during(async () => {
      phases.push(
        await measurePhase(cluster.pid, async () => {
          const watchers = await Watchers.open(cluster, path, 1);
          await watchers.seen(MISSED);
          watchers.close();
        }),
      );
    });
  }
  const { ms, cpuMs, clientCpuMs } = medianBy(phases, (phase) => phase.ms);
  const name = 'catch-up of 10,000 events';
  const each = { cpuMs: cpuMs / MISSED, clientCpuMs: clientCpuMs / MISSED };
  return {
    scenario: SCENARIO,
    name,
    value: ms,
    unit: 'ms',
    goal: '< 100',
    limit: 'catchUp',
    ...each,
  };
}

let turn = 0;
const update: Work = (client, index) => {
  const patch = JSON.stringify({ metadata: { labels: { turn: `t${turn++}` } } });
  const path = `${PODS}/${podName(index % WRITERS)}`;
  return client.request('PATCH', path, 'application/merge-patch+json', patch);
};

async function makePods(writers: readonly HttpClient[]): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench-watch' } };
  const [first] = writers as [HttpClient, ...HttpClient[]];
  expectStatus(await first.request('POST', NAMESPACES, JSON_TYPE, JSON.stringify(namespace)));
  await share(writers, WRITERS, (client, index) =>
    client.request('POST', PODS, JSON_TYPE, podBody(index)),
  );
}

async function revision([first]: readonly HttpClient[]): Promise<string> {
  const list = (await (first as HttpClient).request('GET', PODS)).body.toString();
  return JSON.parse(list).metadata.resourceVersion as string;
}
