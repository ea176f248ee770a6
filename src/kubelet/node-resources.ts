import type { Clock } from '../base/clock.ts';
import { ApiError } from '../objects/api-error.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import type { KubeObject } from '../objects/meta.ts';
import { podCgroup } from './cgroups/pod-cgroups.ts';
import type { NodeEdges } from './edges.ts';
import { type NodeIdentity, nodeLabels } from './node-object.ts';
import type { PodWorkers } from './pod-workers.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import { ResourceMetrics } from './stats/resource-metrics.ts';
import type { RunningPod } from './stats/sample.ts';

export interface NodeResourcesParts {
  readonly clock: Clock;
  readonly edges: NodeEdges;
  readonly cache: RuntimeCache;
  readonly node: NodeIdentity;
  readonly workers: PodWorkers;
}

/** What the node's pods use of it, and what follows from that. */
export class NodeResources {
  readonly #parts: NodeResourcesParts;
  readonly #metrics: ResourceMetrics;

  constructor(parts: NodeResourcesParts, signal: AbortSignal) {
    const { clock, edges, node } = parts;
    this.#parts = parts;
    const labels = nodeLabels(node, edges.machine);
    this.#metrics = new ResourceMetrics(
      { clock, edges, node: { name: node.name, labels }, running: () => this.#running() },
      signal,
    );
  }

  /**
   * The objects of metrics.k8s.io about this node.
   *
   * @throws ApiError NotFound for a resource that the group does not have
   */
  async metrics(plural: string): Promise<readonly KubeObject[]> {
    if (plural === 'nodes') return asObjects(await this.#metrics.nodes());
    if (plural === 'pods') return asObjects(await this.#metrics.pods());
    throw new ApiError('NotFound', `there are no metrics of ${plural}`);
  }

  #running(): RunningPod[] {
    const { cache, edges, workers } = this.#parts;
    const running: RunningPod[] = [];
    for (const { allocated: pod } of workers.all()) {
      if (isTerminal(pod)) continue;
      const containers = cache
        .get(pod.metadata.uid ?? '')
        .containers.filter(({ state }) => state === 'running')
        .map(({ id, name, startedAt }) => ({ id, name, startedAt }));
      running.push({ pod, cgroup: podCgroup(edges.cgroupParent, pod), containers });
    }
    return running;
  }
}

/** Objects of a closed shape as generic code takes them. */
function asObjects(objects: readonly object[]): readonly KubeObject[] {
  return objects as readonly KubeObject[];
}
