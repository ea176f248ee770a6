import type { Timer } from '../../base/clock.ts';
import type { Pod } from '../../generated/types.ts';
import { recordPodEvent } from '../container-events.ts';
import type { NodeContext } from '../node-context.ts';
import { PodTokens } from './pod-tokens.ts';
import { PodVolume } from './pod-volume.ts';
import { MountError, type MountedVolume } from './volume-type.ts';

/** Upstream's podAttachAndMountTimeout: so long a sync waits before it tells of all that lack. */
const MOUNT_MS_MAX = 123_000;

/**
 * The volumes of one pod. They are mounted before it starts, and kept up to date while it runs: a
 * change of what they show mounts them again, one round at a time. Nothing is polled. Bounded by
 * the volumes in the pod's spec.
 */
export class PodVolumes {
  readonly #node: NodeContext;
  readonly #changed: () => void;
  readonly #tokens: PodTokens;
  readonly #volumes = new Map<string, PodVolume>();
  #pod: Pod | null = null;
  #mounted: ReadonlyMap<string, MountedVolume> | null = null;
  /** What was begun last: the next waits for it. */
  #work: Promise<unknown> = Promise.resolve();
  /** The pod may be running: its volumes follow what they show. */
  #isKept = false;
  /** The last attempt to mount all of them failed: somebody waits for a change. */
  #hasFailed = false;
  /** Since when they have failed, or it was last told which lack; monotonic ms. */
  #failingSince = Infinity;
  #isQueued = false;
  #isReleased = false;
  #timer: Timer | null = null;
  #timerAt = Infinity;

  /** @param changed called when what a volume waits for may have come */
  constructor(node: NodeContext, signal: AbortSignal, changed: () => void) {
    this.#node = node;
    this.#changed = changed;
    this.#tokens = new PodTokens(node);
    signal.addEventListener('abort', () => void this.release(), { once: true });
  }

  /** The mounted volumes by name; mounts them when they are not. See {@link mount}. */
  async get(pod: Pod): Promise<ReadonlyMap<string, MountedVolume>> {
    return this.#mounted ?? this.mount(pod);
  }

  /**
   * Mounts all of the pod's volumes, or brings them up to date.
   *
   * @throws MountError when one cannot be mounted; an event has told of each of them
   */
  mount(pod: Pod): Promise<ReadonlyMap<string, MountedVolume>> {
    this.#pod = pod;
    const mounting = this.#work.then(async () => {
      const volumes = this.#all(pod);
      const failures = await this.#mountEach(volumes, pod);
      this.#hasFailed = failures.length > 0;
      if (failures.length > 0) {
        this.#tellWaiting(volumes, pod);
        throw new MountError(failures[0]!);
      }
      this.#failingSince = Infinity;
      this.#mounted = new Map(volumes.map((volume) => [volume.name, volume.mounted!]));
      this.#isKept = true;
      this.#refreshSoon();
      return this.#mounted;
    });
    this.#work = mounting.catch(() => {});
    return mounting;
  }

  /**
   * Sees the newest pod. Volumes of one that runs are kept up to date from now on, also when an
   * earlier process mounted them.
   */
  see(pod: Pod, runs: boolean): void {
    this.#isKept ||= runs;
    if (this.#isReleased || !this.#isKept) return;
    const old = this.#pod;
    this.#pod = pod;
    for (const volume of this.#all(pod)) volume.see(pod, old);
    this.#refreshSoon();
  }

  /** Ends all watches and updates; resolves when none is under way. The files stay. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#timer?.cancel();
    for (const volume of this.#volumes.values()) volume.release();
    await this.#work;
  }

  #all(pod: Pod): PodVolume[] {
    return (pod.spec.volumes ?? []).map((volume) => {
      const known = this.#volumes.get(volume.name);
      if (known !== undefined) return known;
      const made = new PodVolume(this.#node, this.#tokens, volume, () => {
        if (this.#hasFailed) this.#changed();
        this.#refreshSoon();
      });
      this.#volumes.set(volume.name, made);
      return made;
    });
  }

  /** Answers upstream's texts about those that could not be mounted. */
  async #mountEach(volumes: readonly PodVolume[], pod: Pod): Promise<string[]> {
    if (this.#isReleased) return ['the pod is ending'];
    const outcomes = await Promise.all(volumes.map((volume) => volume.mount(pod)));
    const failures = outcomes.filter((failure) => failure !== null);
    for (const { message, isToTell } of failures) {
      if (isToTell) recordPodEvent(this.#node.recorder, pod, 'Warning', 'FailedMount', message);
    }
    return failures.map(({ message }) => message);
  }

  /** Upstream's second text: which volumes a start has waited for in vain. */
  #tellWaiting(volumes: readonly PodVolume[], pod: Pod): void {
    const now = this.#node.clock.monotonic();
    this.#failingSince = Math.min(this.#failingSince, now);
    if (now - this.#failingSince < MOUNT_MS_MAX) return;
    this.#failingSince = now;
    const unmounted = volumes.filter(({ hasFailed }) => hasFailed).map(({ name }) => name);
    const message =
      `Unable to attach or mount volumes: unmounted volumes=[${unmounted.join(' ')}], ` +
      'unattached volumes=[], failed to process volumes=[]: context deadline exceeded';
    recordPodEvent(this.#node.recorder, pod, 'Warning', 'FailedMount', message);
  }

  /** Mounts again what is out of date, now or when it will be. */
  #refreshSoon(): void {
    if (this.#isQueued || this.#isReleased || !this.#isKept) return;
    const { clock } = this.#node;
    const dueAt = Math.min(...[...this.#volumes.values()].map(({ refreshAt }) => refreshAt));
    if (dueAt <= clock.now()) {
      this.#isQueued = true;
      this.#work = this.#work.then(() => this.#refresh());
    } else if (dueAt !== this.#timerAt) {
      this.#timer?.cancel();
      this.#timerAt = dueAt;
      if (dueAt === Infinity) return;
      this.#timer = clock.timer(dueAt - clock.now(), () => {
        this.#timerAt = Infinity;
        this.#refreshSoon();
      });
    }
  }

  async #refresh(): Promise<void> {
    this.#isQueued = false;
    const now = this.#node.clock.now();
    const due = [...this.#volumes.values()].filter(({ refreshAt }) => refreshAt <= now);
    if (this.#pod !== null) await this.#mountEach(due, this.#pod);
    this.#refreshSoon();
  }
}
