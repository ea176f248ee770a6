import { type BenchCluster, type ClusterChoice, deleteCluster, startCluster } from '../cluster.ts';
import { type Figure, quantile } from '../figures.ts';

const STARTS = 3;

/** Starts from nothing: no state, no certificates, no containerd. */
export async function startScenario(choice: ClusterChoice): Promise<Figure[]> {
  const api: number[] = [];
  const node: number[] = [];
  for (let turn = 0; turn < STARTS; turn++) {
    const cluster = await startCluster(choice);
    api.push(timeOf(cluster, 'API ready'));
    node.push(timeOf(cluster, 'is Ready'));
    deleteCluster(cluster);
  }
  const scenario = 'cold start';
  return [
    figure(scenario, 'API ready', quantile(api, 0.5), '< 0.7', '4.4 s'),
    figure(scenario, 'node Ready', quantile(node, 0.5), '< 2', '25 s'),
  ];
}

function figure(scenario: string, name: string, ms: number, goal: string, peer: string): Figure {
  return { scenario, name, value: ms / 1000, unit: 's', goal, peer };
}

/** Milliseconds from the call of `proa up` to the line that holds `text`. */
function timeOf(cluster: BenchCluster, text: string): number {
  return cluster.progress.find(({ line }) => line.includes(text))?.ms ?? Number.NaN;
}
