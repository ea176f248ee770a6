import {
  type BenchCluster,
  type ClusterChoice,
  deleteCluster,
  startCluster,
  stopCluster,
} from '../cluster.ts';
import { type Figure, quantile } from '../figures.ts';
import { openClients, share } from '../phase.ts';
import { podBody } from '../pod-body.ts';

const STARTS = 3;
/** What a later start finds. */
const PODS = 2_000;
const CLIENTS = 16;

/** Starts from nothing (no state, no certificates, no containerd), and with all of it. */
export async function startScenario(choice: ClusterChoice): Promise<Figure[]> {
  const cold: BenchCluster[] = [];
  const later: BenchCluster[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    const cluster = await startCluster(choice);
    try {
      cold.push(cluster);
      if (turn < STARTS - 1) continue;
      await fill(cluster);
      for (let again = 0; again < STARTS; again++) {
        stopCluster(cluster);
        later.push(await startCluster({ ...choice, home: cluster.home }));
      }
    } finally {
      deleteCluster(cluster);
    }
  }
  return [
    figure('cold start', 'API ready', cold, { goal: '< 0.7', peer: '4.4 s' }),
    figure('cold start', 'is Ready', cold, { goal: '< 2', peer: '25 s' }),
    figure('later start, 2,000 pods', 'API ready', later),
    figure('later start, 2,000 pods', 'is Ready', later),
  ];
}

async function fill({ access }: BenchCluster): Promise<void> {
  const clients = await openClients(access, CLIENTS);
  const path = '/api/v1/namespaces/default/pods';
  await share(clients, PODS, (client, index) =>
    client.request('POST', path, 'application/json', podBody(index)),
  );
  for (const client of clients) client.close();
}

/** The median time from the call of `proa up` to the line of its progress that holds `text`. */
function figure(
  scenario: string,
  text: string,
  clusters: readonly BenchCluster[],
  expected: Pick<Figure, 'goal' | 'peer'> = {},
): Figure {
  const times = clusters.map(
    ({ progress }) => progress.find(({ line }) => line.includes(text))?.ms ?? Number.NaN,
  );
  const name = text === 'is Ready' ? 'node Ready' : text;
  return { scenario, name, value: quantile(times, 0.5) / 1000, unit: 's', ...expected };
}
