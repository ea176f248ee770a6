import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Pod } from '../../generated/types.ts';
import { recordPodEvent } from '../container-events.ts';
import type { DiskUnit, NodeEdges, PodDisk, PodDiskUsage } from '../edges.ts';
import { identityOf } from '../pod-identity.ts';
import { evictionMessage } from './eviction-message.ts';
import { diskVolumes, isDiskLimited, overDiskLimit } from './local-storage.ts';
import { containerDisk, type PodUsage, podDisk } from './pod-usage.ts';
import {
  NO_PRESSURE_YET,
  observe,
  type PressureCondition,
  type PressureState,
  planPressure,
} from './pressure.ts';
import { isCritical, rankPods } from './rank-pods.ts';
import { type Resource, resourceOf, type Threshold } from './thresholds.ts';

/** Upstream's immediateEvictionGracePeriodSeconds. */
const IMMEDIATE_GRACE_SECONDS = 1;
/** Upstream's podCleanupTimeout. */
const CLEANUP_MS_MAX = 30_000;

/** A pod of this node that can be evicted. */
export interface EvictablePod {
  readonly pod: Pod;
  /** The pod's cgroup; each container's is below, by its id. */
  readonly cgroup: string;
  readonly containers: readonly { readonly id: string; readonly name: string }[];
  /** @param disruption whether the node did it to help itself */
  evict(message: string, disruption: boolean, graceSeconds: number): void;
  /** Whether it has ended, and nothing of it is left on the disk but logs and layers. */
  hasLetGo(): boolean;
}

export interface EvictionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly recorder: EventRecorder;
  readonly nodeName: string;
  readonly edges: NodeEdges;
  readonly thresholds: readonly Threshold[];
  /** The most that a pod gets to end for a soft threshold. */
  readonly maxPodGraceSeconds: number;
  /** The pods that have neither ended nor been evicted. */
  pods(): readonly EvictablePod[];
  /**
   * Removes what the node itself can do without. True when there was anything: the runtime may
   * free its room a moment later.
   */
  reclaimDisk(): Promise<boolean>;
  /** The conditions have changed. */
  changed(): Promise<void>;
}

/**
 * Looks whether pods keep to their limits of local storage and whether the node runs short of
 * something, and evicts pods that must go: upstream's eviction manager. Disks are walked only for
 * pods that have such limits, or while the disk is short.
 */
export class EvictionManager {
  readonly #parts: EvictionParts;
  #state: PressureState = NO_PRESSURE_YET;
  #conditions: ReadonlySet<PressureCondition> = new Set();
  /** The pod that was evicted last for the node, and when, on the monotonic clock. */
  #last: { target: EvictablePod; graceSeconds: number; at: number } | null = null;

  constructor(parts: EvictionParts) {
    this.#parts = parts;
  }

  /** What the node says that it is short of. */
  get conditions(): ReadonlySet<PressureCondition> {
    return this.#conditions;
  }

  /** One look, and what follows from it; at most one pod is evicted for the node. Never throws. */
  async look(): Promise<void> {
    try {
      if (await this.#enforceLimits()) return;
      await this.#relieveNode();
    } catch (error) {
      this.#parts.log.warn('eviction not decided', { error: String(error) });
    }
  }

  async #enforceLimits(): Promise<boolean> {
    const limited = this.#parts.pods().filter(({ pod }) => isDiskLimited(pod));
    if (limited.length === 0) return false;
    const usages = await this.#disks(limited, 'bytes');
    let hasEvicted = false;
    for (const [index, target] of limited.entries()) {
      const message = overDiskLimit(target.pod, usages[index]!);
      if (message === null || isCritical(target.pod)) continue;
      this.#evict(target, message, false, IMMEDIATE_GRACE_SECONDS);
      hasEvicted = true;
    }
    return hasEvicted;
  }

  async #relieveNode(): Promise<void> {
    const { clock, edges, recorder, nodeName, thresholds } = this.#parts;
    const { memoryBytes } = edges.machine;
    const observations = observe(await edges.usage.node(), memoryBytes);
    const plan = planPressure(this.#state, observations, thresholds, clock.monotonic());
    this.#state = plan.state;
    await this.#say(plan.conditions);
    const [threshold] = plan.met;
    if (threshold === undefined) return;
    const resource = resourceOf(threshold.signal);
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } };
    recorder.record(node, 'Warning', 'EvictionThresholdMet', `Attempting to reclaim ${resource}`);
    if (resource === 'ephemeral-storage' || resource === 'inodes') {
      // What was removed may suffice: the next look tells, and then nothing is left to remove.
      if (await this.#parts.reclaimDisk()) return;
    }
    if (this.#isLeaving(threshold)) return;
    const targets = new Map(this.#parts.pods().map((target) => [target.pod, target]));
    const usages = await this.#usages([...targets.values()], resource);
    for (const usage of rankPods(usages, resource)) {
      const target = targets.get(usage.pod);
      if (target === undefined || isCritical(usage.pod)) continue;
      const message = evictionMessage(threshold, observations, usage);
      const graceSeconds = this.#graceSeconds(threshold, usage.pod);
      this.#evict(target, message, true, graceSeconds);
      this.#last = { target, graceSeconds, at: clock.monotonic() };
      return;
    }
  }

  /**
   * What the last evicted pod lets go may be enough: no other has to go before that. As upstream it
   * is waited for until it has outlived its grace by half, but not where the node cannot wait.
   */
  #isLeaving({ graceMs = 0 }: Threshold): boolean {
    if (this.#last === null || this.#last.target.hasLetGo()) return false;
    const endMs = graceMs === 0 ? 0 : this.#last.graceSeconds * 1500;
    return this.#parts.clock.monotonic() - this.#last.at < endMs + CLEANUP_MS_MAX;
  }

  async #say(conditions: ReadonlySet<PressureCondition>): Promise<void> {
    const before = this.#conditions;
    this.#conditions = conditions;
    const isSame =
      before.size === conditions.size &&
      [...before].every((condition) => conditions.has(condition));
    if (!isSame) await this.#parts.changed();
  }

  /** Where the node can wait a pod has its own grace, up to a limit; else hardly any. */
  #graceSeconds({ graceMs = 0 }: Threshold, { spec }: Pod): number {
    if (graceMs === 0) return IMMEDIATE_GRACE_SECONDS;
    return Math.min(this.#parts.maxPodGraceSeconds, spec.terminationGracePeriodSeconds ?? 30);
  }

  #evict(
    { pod, evict }: EvictablePod,
    message: string,
    disruption: boolean,
    graceSeconds: number,
  ): void {
    this.#parts.log.warn('pod evicted', { ...identityOf(pod), message });
    recordPodEvent(this.#parts.recorder, pod, 'Warning', 'Evicted', message);
    evict(message, disruption, graceSeconds);
  }

  #disks(targets: readonly EvictablePod[], unit: DiskUnit): Promise<readonly PodDiskUsage[]> {
    const disks: PodDisk[] = targets.map(({ pod, containers }) => {
      return { pod: identityOf(pod), volumes: diskVolumes(pod), containers };
    });
    return this.#parts.edges.usage.disks(disks, unit);
  }

  async #usages(targets: readonly EvictablePod[], resource: Resource): Promise<PodUsage[]> {
    if (resource === 'memory' || resource === 'pids') {
      return Promise.all(targets.map((target) => this.#cgroupUsage(target, resource)));
    }
    const disks = await this.#disks(targets, resource === 'inodes' ? 'inodes' : 'bytes');
    return targets.map(({ pod }, index) => {
      const usage = disks[index]!;
      return { pod, used: podDisk(usage), containers: containerDisk(usage) };
    });
  }

  async #cgroupUsage(
    { pod, cgroup, containers }: EvictablePod,
    resource: 'memory' | 'pids',
  ): Promise<PodUsage> {
    const { cgroups } = this.#parts.edges;
    const used = async (path: string) => {
      const usage = await cgroups.usage(path);
      return (resource === 'memory' ? usage?.workingSetBytes : usage?.processes) ?? 0;
    };
    const own = containers.map(
      async ({ id, name }) => [name, await used(`${cgroup}/${id}`)] as const,
    );
    return { pod, used: await used(cgroup), containers: new Map(await Promise.all(own)) };
  }
}
