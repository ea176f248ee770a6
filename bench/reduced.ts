import { execFileSync } from 'node:child_process';
import { type BenchCluster, deleteCluster, startCluster } from './cluster.ts';
import { fanOut, Watchers } from './fan-out.ts';
import { medianBy, quantile } from './figures.ts';
import type { HttpClient } from './http-client.ts';
import type { BareNode } from './limits/bare-node.ts';
import { runTimed } from './limits/command-time.ts';
import {
  expectStatus,
  measurePhase,
  openClients,
  type Phase,
  share,
  type Target,
  type Work,
} from './phase.ts';
import { podBody, podName } from './pod-body.ts';
import { deleteAndWait, isReady, watchFor } from './pod-watch.ts';
import { usageOf } from './process-usage.ts';
import { readyPod } from './ready-pod.ts';

const CLIENTS = 16;
const OPERATIONS = 4_000;
const LISTED = 2_000;
const LISTS = 10;
const WATCHERS = 50;
const WRITERS = 8;
const UPDATES = 200;
/** Each side is measured in turns, and the median of its rounds counts. */
const ROUNDS = 3;
const STARTS = 5;
const NAMESPACES = '/api/v1/namespaces';
const PODS = `${NAMESPACES}/reduced/pods`;
const DEFAULT_PODS = `${NAMESPACES}/default/pods`;
const JSON_TYPE = 'application/json';

/** The two sides of the reduced benchmark, on one machine at the same time. */
export interface Sides {
  readonly cluster: BenchCluster;
  readonly bare: Target;
  readonly node: BareNode;
}

/** Measures one share of a limit: 1 is as fast as the limit. */
export type ShareCheck = (sides: Sides) => Promise<number>;

/**
 * What CI watches. Where it can be, it is CPU time against CPU time, since other load on the
 * machine does not show in that.
 */
export const SHARE_CHECKS: Readonly<Record<string, ShareCheck>> = {
  'get, CPU': (sides) =>
    operations(
      sides,
      (client, index) => client.request('GET', `${PODS}/${podName(index % LISTED)}`),
      (client) => client.request('GET', '/'),
    ),
  'merge patch, CPU': (sides) => {
    const turn = Math.round(performance.now());
    return operations(
      sides,
      (client, index) => client.request('PATCH', podPath(index), MERGE, label(`${turn}-${index}`)),
      (client, index) => client.request('POST', '/', JSON_TYPE, podBody(index)),
    );
  },
  'create and delete, CPU': (sides) => {
    // A half of the operations makes what the other half deletes.
    const path = (index: number) => `${PODS}/${podName(LISTED + index)}?gracePeriodSeconds=0`;
    const made: Work = async (client, index) => {
      expectStatus(await client.request('POST', PODS, JSON_TYPE, podBody(LISTED + index)));
      return client.request('DELETE', path(index));
    };
    const echoed: Work = async (client, index) => {
      expectStatus(await client.request('POST', '/', JSON_TYPE, podBody(index)));
      return client.request('GET', '/');
    };
    return operations(sides, made, echoed);
  },
  'list of 2,000 pods, CPU': lists,
  'fan-out to 50 watchers, CPU': fanOuts,
  'pod start': podStarts,
  'cold start': coldStarts,
  'memory after a start': startMemory,
};

const MERGE = 'application/merge-patch+json';
const podPath = (index: number) => `${PODS}/${podName(index % LISTED)}`;
const label = (turn: string) => JSON.stringify({ metadata: { labels: { turn: `t${turn}` } } });

/** Makes what the checks read. */
export async function prepare({ cluster }: Sides): Promise<void> {
  const clients = await openClients(cluster.access, CLIENTS);
  const [first] = clients as [HttpClient, ...HttpClient[]];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'reduced' } };
  expectStatus(await first.request('POST', NAMESPACES, JSON_TYPE, JSON.stringify(namespace)));
  await share(clients, LISTED, (client, index) =>
    client.request('POST', PODS, JSON_TYPE, podBody(index)),
  );
  // Pulls the image.
  await startPod(cluster, first, 'warm-up');
  for (const client of clients) client.close();
}

async function operations({ cluster, bare }: Sides, ours: Work, limit: Work): Promise<number> {
  const side = async (target: Target, work: Work) => {
    const clients = await openClients(target.access, CLIENTS);
    const run = () => measurePhase(target.pid, () => share(clients, OPERATIONS, work));
    return { run, close: () => clients.map((client) => client.close()) };
  };
  const sides = [await side(cluster, ours), await side(bare, limit)] as const;
  const result = await shareOfCpu(sides[0].run, sides[1].run);
  for (const { close } of sides) close();
  return result;
}

async function lists({ cluster, bare }: Sides): Promise<number> {
  const [ours] = await openClients(cluster.access, 1);
  const [limit] = await openClients(bare.access, 1);
  const bytes = (await ours?.measure(PODS)) ?? 0;
  const run = (target: Target, client: HttpClient | undefined, path: string) => () =>
    measurePhase(target.pid, async () => {
      for (let index = 0; index < LISTS; index++) await client?.measure(path);
    });
  const result = await shareOfCpu(
    run(cluster, ours, PODS),
    run(bare, limit, `/bytes?count=${bytes}`),
  );
  ours?.close();
  limit?.close();
  return result;
}

async function fanOuts({ cluster, bare }: Sides): Promise<number> {
  const side = async (target: Target, path: string, update: Work) => {
    const watchers = await Watchers.open(target, path, WATCHERS);
    const writers = await openClients(target.access, WRITERS);
    const run = () => measurePhase(target.pid, () => fanOut(watchers, writers, UPDATES, update));
    const close = () => {
      watchers.close();
      for (const writer of writers) writer.close();
    };
    return { run, close };
  };
  const [first] = await openClients(cluster.access, 1);
  const list = (await first?.request('GET', `${PODS}?limit=1`))?.body.toString() ?? '';
  first?.close();
  const version = JSON.parse(list).metadata.resourceVersion as string;
  const path = `${PODS}?watch=true&resourceVersion=${version}`;
  let turn = 0;
  const ours = await side(cluster, path, (client, index) =>
    client.request('PATCH', podPath(index), MERGE, label(`${version}-${turn++}`)),
  );
  const limit = await side(bare, '/watch', (client) =>
    client.request('PATCH', '/', JSON_TYPE, '{}'),
  );
  const result = await shareOfCpu(ours.run, limit.run);
  ours.close();
  limit.close();
  return result;
}

/** In turns, so that what disturbs the machine disturbs both. */
async function shareOfCpu(
  ours: () => Promise<Phase>,
  limit: () => Promise<Phase>,
): Promise<number> {
  const phases: { ours: Phase; limit: Phase }[] = [];
  // The first round of each runs code that was never run before.
  await ours();
  await limit();
  for (let round = 0; round < ROUNDS; round++) {
    phases.push({ ours: await ours(), limit: await limit() });
  }
  const shares = phases.map((phase) => phase.limit.cpuMs / phase.ours.cpuMs);
  return medianBy(shares, (one) => one);
}

/** From a create to Ready, beside sandbox and container alone. */
async function podStarts({ cluster, node }: Sides): Promise<number> {
  const [client] = (await openClients(cluster.access, 1)) as [HttpClient];
  const ours: number[] = [];
  const limit: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    ours.push(await startPod(cluster, client, `start-${turn}`));
    const { sandbox, ms } = await node.startPod(`start-${turn}`);
    limit.push(ms);
    await node.removePod(sandbox);
  }
  client.close();
  return quantile(limit, 0.5) / quantile(ours, 0.5);
}

/** Creates a pod, and deletes it once it is Ready; answers the milliseconds between. */
async function startPod(cluster: BenchCluster, client: HttpClient, name: string): Promise<number> {
  const ready = watchFor(cluster, DEFAULT_PODS, [name], isReady);
  const startedAt = performance.now();
  expectStatus(await client.request('POST', DEFAULT_PODS, JSON_TYPE, readyPod(name)));
  await ready;
  const ms = performance.now() - startedAt;
  await deleteAndWait(cluster, client, DEFAULT_PODS, [name]);
  return ms;
}

/** From nothing to an API that answers, beside Node's own start. */
async function coldStarts(): Promise<number> {
  const ours: number[] = [];
  const limit: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    ours.push(
      await withFreshCluster(({ progress }) => {
        const ready = progress.find(({ line }) => line.includes('API ready'));
        return ready?.ms ?? Number.NaN;
      }),
    );
    limit.push(await runTimed(process.execPath, ['-e', '0']));
  }
  return quantile(limit, 0.5) / quantile(ours, 0.5);
}

/** The resident memory of a Node that runs nothing, beside that of a cluster's daemon. */
async function startMemory(): Promise<number> {
  const ours: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    ours.push(await withFreshCluster(({ pid }) => usageOf(pid).residentBytes));
  }
  const bare = execFileSync(process.execPath, ['-p', 'process.memoryUsage.rss()']);
  return Number(bare) / quantile(ours, 0.5);
}

/** A cluster without containers, which others would weigh on. */
async function withFreshCluster(read: (cluster: BenchCluster) => number): Promise<number> {
  const cluster = await startCluster({ runtime: 'sim' });
  try {
    return read(cluster);
  } finally {
    deleteCluster(cluster);
  }
}
