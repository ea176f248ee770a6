import type { BenchCluster } from './cluster.ts';
import type { HttpClient } from './http-client.ts';
import { expectStatus } from './phase.ts';
import { isReady, watchFor } from './pod-watch.ts';
import { BENCH_IMAGE } from './ready-pod.ts';

const CONTAINERS = 10;
/** Readiness and liveness: what a container can have for as long as it runs. */
const PROBES = ['readinessProbe', 'livenessProbe'] as const;
const PODS = '/api/v1/namespaces/default/pods';

/** How many probes a pod has, each of them once a second. */
export const PROBES_A_POD = CONTAINERS * PROBES.length;

/** What a probe does, by a name of its own. */
export type ProbeHandler = (name: string) => Readonly<Record<string, unknown>>;

/** Starts pods that do nothing but be probed, each second and on every probe; all are Ready then. */
export async function startProbedPods(
  cluster: BenchCluster,
  client: HttpClient,
  names: readonly string[],
  handler: ProbeHandler,
): Promise<void> {
  const ready = watchFor(cluster, PODS, names, isReady);
  for (const name of names) {
    const body = JSON.stringify(probedPod(name, handler));
    expectStatus(await client.request('POST', PODS, 'application/json', body));
  }
  await ready;
}

function probedPod(name: string, handler: ProbeHandler): object {
  const container = (index: number) => {
    const probes = PROBES.map((kind) => {
      const timing = { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 30 };
      return [kind, { ...handler(`${name}-${index}-${kind}`), ...timing }] as const;
    });
    const command = ['sleep', '100000'];
    const image = { image: BENCH_IMAGE, imagePullPolicy: 'IfNotPresent' };
    return { name: `c${index}`, ...image, command, ...Object.fromEntries(probes) };
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: Array.from({ length: CONTAINERS }, (_, index) => container(index)),
    },
  };
}
