import type { Pod } from '../generated/types.ts';
import { recordPodEvent } from './container-events.ts';
import { GRACE_SECONDS_MIN } from './container-killer.ts';
import type { NodeContext } from './node-context.ts';
import { identityOf, type PodIdentity } from './pod-identity.ts';
import { PodWorker } from './pod-worker.ts';
import { judgeResize } from './resize/judge-resize.ts';
import { type ContainerStatus, POD_GRACE_ANNOTATION } from './runtime.ts';
import { isAlive } from './runtime-state.ts';
import type { PodObject } from './status-writer.ts';

/** What a vanished pod's containers get between SIGTERM and SIGKILL where they do not say. */
const ORPHAN_GRACE_MS = 30_000;

/** The workers of all pods of this node, by uid, and the clean-up of what has no pod any more. */
export class PodWorkers {
  readonly #node: NodeContext;
  readonly #workers = new Map<string, PodWorker>();
  readonly #orphans = new Set<string>();
  /** Says why a pod may not run here; null when it may. */
  readonly #admit: (pod: Pod, others: readonly Pod[]) => { reason: string; message: string } | null;

  constructor(
    node: NodeContext,
    admit: (pod: Pod, others: readonly Pod[]) => { reason: string; message: string } | null,
  ) {
    this.#node = node;
    this.#admit = admit;
  }

  get(uid: string): PodWorker | undefined {
    return this.#workers.get(uid);
  }

  all(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  /** @param own of a static pod: its object in the API, and who is told when it has ended */
  add(pod: Pod, own?: { readonly object: PodObject; removed(): void }): void {
    const { uid } = identityOf(pod);
    this.#node.cgroups.count(pod);
    const others = this.#othersThan(uid);
    const judge = (resized: Pod) =>
      judgeResize(resized, this.#othersThan(uid), this.#node.allocatable);
    const removed = () => {
      this.#removed(uid);
      own?.removed();
    };
    const worker = new PodWorker(this.#node, pod, removed, judge, own?.object);
    this.#workers.set(uid, worker);
    const refusal = this.#admit(pod, others);
    if (refusal !== null) {
      const { reason, message } = refusal;
      recordPodEvent(this.#node.recorder, pod, 'Warning', reason, message);
      worker.refuse(reason, `Pod was rejected: ${message}`);
    }
    worker.wake();
  }

  update(pod: Pod): void {
    this.#workers.get(identityOf(pod).uid)?.update(pod);
  }

  remove(pod: Pod): void {
    this.#workers.get(identityOf(pod).uid)?.gone(pod);
  }

  /** What the runtime has of a pod may have changed. */
  wake(uid: string): void {
    this.#workers.get(uid)?.wake();
  }

  stop(): void {
    for (const worker of this.#workers.values()) worker.stop();
  }

  /** The node's other pods, with what was given to them. */
  #othersThan(uid: string): Pod[] {
    return [...this.#workers].flatMap(([other, worker]) =>
      other === uid ? [] : [worker.allocated],
    );
  }

  /** What a pod leaves may be what another waits for to grow. */
  #removed(uid: string): void {
    this.#workers.delete(uid);
    for (const worker of this.#workers.values()) if (worker.isDeferred) worker.wake();
  }

  /** Whether something is left of another pod of that name, which has no worker. */
  hasOrphan(pod: Pod): boolean {
    const { uid, name, namespace } = identityOf(pod);
    return this.#node.cache
      .identities()
      .some(
        (other) =>
          other.name === name &&
          other.namespace === namespace &&
          other.uid !== uid &&
          !this.#workers.has(other.uid),
      );
  }

  /**
   * Ends and removes what is left of pods that the API does not have. Never throws.
   *
   * @param removed called after each
   */
  async removeOrphans(removed: () => void): Promise<void> {
    const { cache, cgroups, edges, log } = this.#node;
    const inRuntime = cache.identities();
    const onDisk = await edges.files.listPods().catch(() => []);
    const orphans = new Map<string, PodIdentity>();
    for (const identity of [...inRuntime, ...onDisk]) {
      const { uid } = identity;
      if (!this.#workers.has(uid) && !this.#orphans.has(uid)) orphans.set(uid, identity);
    }
    await Promise.all(
      [...orphans.values()].map(async (identity) => {
        this.#orphans.add(identity.uid);
        try {
          await this.#removeOrphan(identity);
          removed();
        } catch (error) {
          log.warn('orphaned pod not removed, will be tried again', { error: String(error) });
        } finally {
          this.#orphans.delete(identity.uid);
        }
      }),
    );
    const isKnown = (uid: string) =>
      this.#workers.has(uid) ||
      this.#orphans.has(uid) ||
      // What could not be stopped is stopped later, with its time to end.
      cache.get(uid).containers.length > 0;
    await cgroups.removeOrphans(isKnown);
  }

  async #removeOrphan(identity: PodIdentity): Promise<void> {
    const { cache, edges, log, runtime, userNamespaces } = this.#node;
    const { containers, sandboxes } = cache.get(identity.uid);
    log.info('removing a pod that the API does not have', { ...identity });
    await Promise.all(
      containers.filter(isAlive).map((one) => runtime.stopContainer(one.id, graceMs(one))),
    );
    for (const { id } of containers) {
      await runtime.removeContainer(id);
      await cache.refresh(id);
    }
    for (const { id } of sandboxes) {
      await runtime.stopSandbox(id);
      await runtime.removeSandbox(id);
      await cache.refresh(id);
    }
    await edges.files.removePod(identity);
    await userNamespaces.release(identity.uid);
  }
}

/** What the pod asked for; nobody can say any more what it was given when it was deleted. */
function graceMs({ annotations }: ContainerStatus): number {
  const seconds = Number(annotations[POD_GRACE_ANNOTATION] ?? Number.NaN);
  return Number.isNaN(seconds) ? ORPHAN_GRACE_MS : Math.max(GRACE_SECONDS_MIN, seconds) * 1000;
}
