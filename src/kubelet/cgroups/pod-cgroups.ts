import type { Log } from '../../base/log.ts';
import type { Pod } from '../../generated/types.ts';
import { isTerminal } from '../../objects/core/pod/conditions.ts';
import { type QosClass, qosClass } from '../../objects/core/pod/qos.ts';
import type { CgroupLimits, Cgroups } from '../edges.ts';
import { cpuShares, SHARES_MIN } from '../linux-resources.ts';
import { milliCpuRequest, podCgroupLimits } from './pod-limits.ts';

/** A pod's cgroup that cannot be made or limited. */
export class CgroupError extends Error {
  override readonly name = 'CgroupError';
}

/** Below the group of all pods: the group of each class, as upstream's cgroupfs driver names it. */
const CLASS_GROUPS: Readonly<Record<QosClass, string>> = {
  Guaranteed: '',
  Burstable: '/burstable',
  BestEffort: '/besteffort',
};
const POD_GROUP = /^pod(.+)$/;

/** The cgroup of a pod below `root`: `ROOT/kubepods/burstable/podUID`. */
export function podCgroup(root: string, pod: Pod): string {
  return `${root}/kubepods${CLASS_GROUPS[qosClass(pod.spec)]}/pod${pod.metadata.uid}`;
}

export interface PodCgroupsParts {
  readonly cgroups: Cgroups;
  /** The cgroup below which all is made; '' where pods have none of their own. */
  readonly root: string;
  readonly machine: { readonly cpus: number; readonly memoryBytes: number };
  readonly log: Log;
}

/**
 * The cgroups of the node's pods: one for all, one for each class below it and one for each pod.
 * Made before a pod's sandbox and removed after it. The shares of the burstable ones follow what
 * the pods request, so that processors are divided between the classes by request too.
 */
export class PodCgroups {
  readonly #parts: PodCgroupsParts;
  /** CPU requests of burstable pods by uid. Bounded by the node's pods. */
  readonly #burstable = new Map<string, number>();
  #sharesSet = 0;
  #hasBase = false;

  constructor(parts: PodCgroupsParts) {
    this.#parts = parts;
  }

  /** The pod's cgroup, as its sandbox is told; '' for the runtime's own. */
  pathOf(pod: Pod): string {
    const { root } = this.#parts;
    return root === '' ? '' : podCgroup(root, pod);
  }

  /** Counts the pod for its class, whether its cgroup is there already or not. */
  count(pod: Pod): void {
    if (isTerminal(pod) || qosClass(pod.spec) !== 'Burstable') return;
    this.#burstable.set(pod.metadata.uid ?? '', milliCpuRequest(pod));
  }

  /**
   * Makes the pod's cgroup, or limits it anew. Safe to repeat.
   *
   * @throws CgroupError when it cannot be made
   */
  async prepare(pod: Pod): Promise<void> {
    await this.limit(pod, podCgroupLimits(pod));
  }

  /**
   * Sets some limits of the pod's cgroup.
   *
   * @throws CgroupError when they cannot be set
   */
  async limit(pod: Pod, limits: CgroupLimits): Promise<void> {
    const { cgroups, root } = this.#parts;
    if (root === '') return;
    this.count(pod);
    try {
      await this.#makeBase();
      await this.#setShares();
      await cgroups.set(this.pathOf(pod), limits);
    } catch (error) {
      throw new CgroupError(error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Removes the cgroup of a pod of which the runtime has nothing any more. What is still in it is
   * killed, as upstream has it: it comes from a start that was cut off, and that the runtime has
   * forgotten. What cannot be removed yet is left to `removeOrphans`.
   */
  async remove(pod: Pod): Promise<void> {
    const { cgroups, log, root } = this.#parts;
    this.#burstable.delete(pod.metadata.uid ?? '');
    if (root === '') return;
    await Promise.all([
      this.#setShares().catch(() => {}),
      cgroups.remove(this.pathOf(pod)).catch((error) => {
        log.info('cgroup not removed, will be tried again', { error: String(error) });
        return cgroups.kill(this.pathOf(pod));
      }),
    ]);
  }

  /** Removes the cgroups of pods that are no more. Never throws. */
  async removeOrphans(isKnown: (uid: string) => boolean): Promise<void> {
    const { cgroups, log, root } = this.#parts;
    if (root === '') return;
    for (const group of Object.values(CLASS_GROUPS)) {
      const folder = `${root}/kubepods${group}`;
      for (const name of await cgroups.list(folder).catch(() => [])) {
        const uid = POD_GROUP.exec(name)?.[1];
        if (uid === undefined || isKnown(uid)) continue;
        await cgroups.remove(`${folder}/${name}`).catch((error) => {
          log.warn('cgroup of no pod not removed', { name, error: String(error) });
          return cgroups.kill(`${folder}/${name}`);
        });
      }
    }
  }

  async #makeBase(): Promise<void> {
    if (this.#hasBase) return;
    const { cgroups, machine, root } = this.#parts;
    const base = `${root}/kubepods`;
    const shares = cpuShares(machine.cpus * 1000);
    await cgroups.set(base, { cpuShares: shares, memoryLimitBytes: machine.memoryBytes });
    await cgroups.set(`${base}${CLASS_GROUPS.BestEffort}`, { cpuShares: SHARES_MIN });
    this.#hasBase = true;
  }

  async #setShares(): Promise<void> {
    const { cgroups, root } = this.#parts;
    let milliCpu = 0;
    for (const request of this.#burstable.values()) milliCpu += request;
    const shares = cpuShares(milliCpu);
    if (shares === this.#sharesSet) return;
    // Noted at once: a later call has newer numbers and must not be undone by this one's end.
    this.#sharesSet = shares;
    await cgroups
      .set(`${root}/kubepods${CLASS_GROUPS.Burstable}`, { cpuShares: shares })
      .catch((error) => {
        this.#sharesSet = 0;
        throw error;
      });
  }
}
