import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { ApiError } from '../objects/api-error.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import type { KubeObject } from '../objects/meta.ts';
import { podCgroup } from './cgroups/pod-cgroups.ts';
import { removeDeadContainers } from './dead-containers.ts';
import type { NodeEdges } from './edges.ts';
import { type EvictablePod, EvictionManager } from './eviction/eviction-manager.ts';
import type { PressureCondition } from './eviction/pressure.ts';
import type { Threshold } from './eviction/thresholds.ts';
import { ImageGarbageCollector } from './image-gc/image-garbage-collector.ts';
import { type NodeIdentity, nodeLabels } from './node-object.ts';
import type { PodWorkers } from './pod-workers.ts';
import type { ContainerStatus, Runtime } from './runtime.ts';
import type { RuntimeCache } from './runtime-cache.ts';
import { PodDisks } from './stats/pod-disks.ts';
import { ResourceMetrics } from './stats/resource-metrics.ts';
import type { RunningPod } from './stats/sample.ts';
import { statsSummary } from './stats/summary.ts';

export interface NodeResourcesParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
  readonly edges: NodeEdges;
  readonly runtime: Runtime;
  readonly cache: RuntimeCache;
  readonly node: NodeIdentity;
  readonly workers: PodWorkers;
  readonly thresholds: readonly Threshold[];
  readonly maxPodGraceSeconds: number;
  /** What the node says that it is short of has changed. */
  pressureChanged(): Promise<void>;
}

/** What the node's pods use of it, and what follows from that. */
export class NodeResources {
  readonly #parts: NodeResourcesParts;
  readonly #metrics: ResourceMetrics;
  readonly #disks: PodDisks;
  readonly #images: ImageGarbageCollector;
  readonly #eviction: EvictionManager;

  constructor(parts: NodeResourcesParts, signal: AbortSignal) {
    const { cache, edges, node, pressureChanged } = parts;
    const { name: nodeName } = node;
    this.#parts = parts;
    const labels = nodeLabels(node, edges.machine);
    this.#metrics = new ResourceMetrics(
      { ...parts, node: { name: nodeName, labels }, running: () => this.#running() },
      signal,
    );
    const { clock } = parts;
    const { usage } = edges;
    this.#disks = new PodDisks({ clock, usage, running: () => this.#running() });
    const inUse = () =>
      new Set(
        cache.identities().flatMap(({ uid }) => cache.get(uid).containers.map((c) => c.imageId)),
      );
    this.#images = new ImageGarbageCollector({ ...parts, usage: edges.usage, nodeName, inUse });
    this.#eviction = new EvictionManager({
      ...parts,
      nodeName,
      pods: () => this.#evictable(),
      reclaimDisk: () => this.#reclaimDisk(),
      changed: pressureChanged,
    });
  }

  /** What the node is short of. */
  get pressure(): ReadonlySet<PressureCondition> {
    return this.#eviction.conditions;
  }

  /** Looks whether pods must be evicted, and whether there is room to keep again. */
  async evict(): Promise<void> {
    await this.#eviction.look();
    const { edges, log } = this.#parts;
    await edges.reserve.keep().catch((error: unknown) => {
      log.warn('no reserve of the disk kept', { error: String(error) });
    });
  }

  /** Looks whether images must be removed. */
  collectImages(): Promise<void> {
    return this.#images.collect();
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

  /** The kubelet's /stats/summary. */
  async summary(): Promise<object> {
    const [window, disks] = await Promise.all([this.#metrics.window(), this.#disks.sample()]);
    const { edges, node } = this.#parts;
    const { memoryBytes } = edges.machine;
    return statsSummary(window, disks, { name: node.name, memoryBytes });
  }

  /** In upstream's order: images that only dead containers used become unused. */
  async #reclaimDisk(): Promise<boolean> {
    try {
      const hasRemoved = await removeDeadContainers(this.#parts);
      return (await this.#images.removeUnused()) || hasRemoved;
    } catch (error) {
      // On a full disk the runtime may remove nothing: then pods must make the room.
      this.#parts.log.warn('nothing reclaimed', { error: String(error) });
      return false;
    }
  }

  #running(): RunningPod[] {
    return this.#pods(({ state }) => state === 'running');
  }

  /** The pods that have not ended, each with the newest of its containers that are `wanted`. */
  #pods(wanted: (container: ContainerStatus) => boolean): RunningPod[] {
    const { cache, edges, workers } = this.#parts;
    const running: RunningPod[] = [];
    for (const { allocated: pod } of workers.all()) {
      if (isTerminal(pod)) continue;
      const containers = cache
        .get(pod.metadata.uid ?? '')
        .containers.filter(wanted)
        .filter(isNewest)
        .map(({ id, name, startedAt }) => ({ id, name, startedAt }));
      running.push({ pod, cgroup: podCgroup(edges.cgroupParent, pod), containers });
    }
    return running;
  }

  #evictable(): EvictablePod[] {
    const { workers } = this.#parts;
    return this.#pods(({ state }) => state !== 'created').flatMap((running) => {
      const worker = workers.get(running.pod.metadata.uid ?? '');
      if (worker === undefined || worker.isEnding) return [];
      const evict: EvictablePod['evict'] = (...how) => worker.evict(...how);
      return [{ ...running, evict, hasLetGo: () => worker.hasLetGo }];
    });
  }
}

/** What a container left when it ended lies on the disk until it is started again. */
function isNewest(
  { name }: ContainerStatus,
  index: number,
  containers: readonly ContainerStatus[],
): boolean {
  return containers.findIndex((other) => other.name === name) === index;
}

/** Objects of a closed shape as generic code takes them. */
function asObjects(objects: readonly object[]): readonly KubeObject[] {
  return objects as readonly KubeObject[];
}
