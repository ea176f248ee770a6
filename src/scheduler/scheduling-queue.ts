import type { Clock, Timer } from '../base/clock.ts';
import type { Pod } from '../generated/types.ts';
import type { ClusterChange } from './filters/filter.ts';

/** A pod that failed is tried again after 1 s, 2 s, ... up to 10 s, as upstream. */
const BACK_OFF_MS_MIN = 1_000;
const BACK_OFF_MS_MAX = 10_000;
/** A pod that nothing helped is tried again after this time all the same. */
const UNSCHEDULABLE_MS_MAX = 5 * 60_000;

interface Entry {
  pod: Pod;
  readonly priority: number;
  state: 'active' | 'waiting' | 'unschedulable' | 'in-flight';
  attempts: number;
  /** When the last attempt failed (monotonic ms). */
  failedAt: number;
  /** What may help, while unschedulable. */
  changes: ReadonlySet<ClusterChange>;
  timer: Timer | null;
}

/**
 * The pods without node: active ones by priority and age, those that wait for their back-off, and
 * those that wait for the cluster to change.
 *
 * Bounded by the live pods. Invariant: a pod is in `#active` exactly while its state is active,
 * and in `#unschedulable` exactly while it is that.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onActive: () => void;
  readonly #entries = new Map<string, Entry>();
  /** Uids of active pods in order of arrival, by priority. */
  readonly #active = new Map<number, Set<string>>();
  /** Uids of unschedulable pods: few, where much happens that may help them. */
  readonly #unschedulable = new Set<string>();

  /** @param onActive is called when a pod has become active */
  constructor(clock: Clock, onActive: () => void) {
    this.#clock = clock;
    this.#onActive = onActive;
  }

  /** How many pods are in each state. */
  counts(): Readonly<Record<Entry['state'], number>> {
    const counts = { active: 0, waiting: 0, unschedulable: 0, 'in-flight': 0 };
    for (const { state } of this.#entries.values()) counts[state] += 1;
    return counts;
  }

  /** Queues a new pod, or takes in a new revision of a known one. */
  set(pod: Pod): void {
    const uid = uidOf(pod);
    const entry = this.#entries.get(uid);
    if (entry !== undefined) {
      entry.pod = pod;
      return;
    }
    const fresh: Entry = {
      pod,
      priority: pod.spec.priority ?? 0,
      state: 'active',
      attempts: 0,
      failedAt: 0,
      changes: new Set(),
      timer: null,
    };
    this.#entries.set(uid, fresh);
    this.#activate(uid, fresh);
  }

  /** The pod itself changed in a way that may help it. */
  changed(pod: Pod): void {
    this.set(pod);
    const uid = uidOf(pod);
    const entry = this.#entries.get(uid);
    if (entry?.state === 'unschedulable') this.#wake(uid, entry);
  }

  remove(pod: Pod): void {
    const uid = uidOf(pod);
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.timer?.cancel();
    this.#entries.delete(uid);
    this.#unschedulable.delete(uid);
    this.#deactivate(uid, entry);
  }

  /** The next pod to try; it stays known, in flight, until it fails or is removed. */
  pop(): Pod | undefined {
    const priority = Math.max(...this.#active.keys());
    const uid = this.#active.get(priority)?.values().next().value;
    if (uid === undefined) return undefined;
    const entry = this.#entries.get(uid)!;
    this.#deactivate(uid, entry);
    entry.state = 'in-flight';
    entry.attempts += 1;
    return entry.pod;
  }

  /** No node took the pod: it waits until one of `changes` happens. */
  unschedulable(pod: Pod, changes: ReadonlySet<ClusterChange>): void {
    const entry = this.#fail(pod);
    if (entry === undefined) return;
    entry.state = 'unschedulable';
    entry.changes = changes;
    const uid = uidOf(pod);
    this.#unschedulable.add(uid);
    entry.timer = this.#clock.timer(UNSCHEDULABLE_MS_MAX, () => this.#wake(uid, entry));
  }

  /** The attempt broke: it is repeated when the pod's back-off is over. */
  failed(pod: Pod): void {
    const entry = this.#fail(pod);
    if (entry !== undefined) this.#wake(uidOf(pod), entry);
  }

  /** The cluster changed: pods that it may help are tried again. */
  clusterChanged(change: ClusterChange): void {
    for (const uid of [...this.#unschedulable]) {
      const entry = this.#entries.get(uid)!;
      if (entry.changes.has(change)) this.#wake(uid, entry);
    }
  }

  /** Cancels every timer and forgets every pod. */
  stop(): void {
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#entries.clear();
    this.#active.clear();
    this.#unschedulable.clear();
  }

  #fail(pod: Pod): Entry | undefined {
    const entry = this.#entries.get(uidOf(pod));
    if (entry?.state !== 'in-flight') return undefined;
    entry.failedAt = this.#clock.monotonic();
    return entry;
  }

  /** Makes the pod active, now or when its back-off is over. */
  #wake(uid: string, entry: Entry): void {
    entry.timer?.cancel();
    entry.timer = null;
    this.#unschedulable.delete(uid);
    const doublings = Math.min(Math.max(entry.attempts - 1, 0), 20);
    const backOffMs = Math.min(BACK_OFF_MS_MIN * 2 ** doublings, BACK_OFF_MS_MAX);
    const delayMs = entry.failedAt + backOffMs - this.#clock.monotonic();
    if (entry.attempts === 0 || delayMs <= 0) {
      this.#activate(uid, entry);
      return;
    }
    entry.state = 'waiting';
    entry.timer = this.#clock.timer(delayMs, () => {
      entry.timer = null;
      this.#activate(uid, entry);
    });
  }

  #activate(uid: string, entry: Entry): void {
    entry.state = 'active';
    const uids = this.#active.get(entry.priority) ?? new Set();
    uids.add(uid);
    this.#active.set(entry.priority, uids);
    this.#onActive();
  }

  #deactivate(uid: string, entry: Entry): void {
    const uids = this.#active.get(entry.priority);
    uids?.delete(uid);
    if (uids?.size === 0) this.#active.delete(entry.priority);
  }
}

function uidOf({ metadata }: Pod): string {
  return metadata.uid ?? '';
}
