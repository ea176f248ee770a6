import { sleep } from '../base/clock.ts';
import type { Pod } from '../generated/types.ts';
import { containerEvents, recordPodEvent } from './container-events.ts';
import { runHook } from './hooks.ts';
import type { NodeContext } from './node-context.ts';
import type { Action } from './plan.ts';
import { allContainers, podText } from './pod-identity.ts';
import { readySandbox } from './runtime-state.ts';

/** No container gets less than this between SIGTERM and SIGKILL, unless forced (upstream). */
export const GRACE_SECONDS_MIN = 2;
/** A kill that the runtime could not carry out is tried again after this. */
const RETRY_MS = 1_000;
/** A container that outlives its grace by half, and this, is told of (upstream's minimum). */
const LATE_MS_MIN = 10_000;

type KillAction = Extract<Action, { type: 'killContainer' }>;

/**
 * Kills of one pod's containers under way. They last as long as the containers' grace, so the
 * pod's worker does not wait for them: it is told when one has ended.
 */
export class ContainerKiller {
  readonly #node: NodeContext;
  readonly #ended: () => void;
  readonly #signal: AbortSignal;
  /** Container ids to when their grace ends, epoch ms. */
  readonly #killing = new Map<string, number>();
  /** The same kills, to be waited for. */
  readonly #runs = new Map<string, Promise<void>>();

  constructor(node: NodeContext, signal: AbortSignal, ended: () => void) {
    this.#node = node;
    this.#signal = signal;
    this.#ended = ended;
  }

  get killing(): ReadonlyMap<string, number> {
    return this.#killing;
  }

  /** Begins a kill, or hastens the one under way: then without its events and hook. */
  kill(pod: Pod, action: KillAction): void {
    const isHastened = this.#killing.has(action.id);
    const graceMs = Math.max(GRACE_SECONDS_MIN, action.graceSeconds) * 1000;
    this.#killing.set(action.id, this.#node.clock.now() + graceMs);
    const run = this.#run(pod, action, graceMs, isHastened);
    this.#runs.set(action.id, run);
    void run.then(() => {
      if (this.#runs.get(action.id) === run) this.#runs.delete(action.id);
    });
  }

  async #run(pod: Pod, action: KillAction, graceMs: number, isHastened: boolean): Promise<void> {
    const { id, name, event, after } = action;
    const { clock, cache, recorder } = this.#node;
    const startedAt = clock.monotonic();
    const leftMs = () => graceMs - (clock.monotonic() - startedAt);
    if (!isHastened) {
      containerEvents(recorder, pod, name).record('Normal', 'Killing', event);
      await this.#preStop(pod, name, id, graceMs);
    }
    await this.#turn(after, leftMs());
    await this.#stop(pod, action, Math.max(GRACE_SECONDS_MIN * 1000, leftMs()));
    await cache.refresh(id);
    if (this.#stillRuns(pod, id)) {
      // A runtime that cannot note an end it has seen has nothing to stop, and says so at once.
      await this.#giveRoom();
      await sleep(clock, RETRY_MS, this.#signal);
    }
    this.#killing.delete(id);
    this.#ended();
  }

  /**
   * On a full disk the runtime can note no end. Whoever filled it has ended by now, and does not get
   * the room that is given.
   */
  async #giveRoom(): Promise<void> {
    const { edges, log } = this.#node;
    if (await edges.reserve.release()) log.warn('the disk is full, its reserve is given');
  }

  #stillRuns(pod: Pod, id: string): boolean {
    const { containers } = this.#node.cache.get(pod.metadata.uid ?? '');
    return containers.find((container) => container.id === id)?.state === 'running';
  }

  /** Waits until the kills of `after` have ended, at most `ms`. */
  async #turn(after: readonly string[], ms: number): Promise<void> {
    const before = after.map((id) => this.#runs.get(id)).filter((run) => run !== undefined);
    if (before.length === 0 || ms <= 0) return;
    await this.#limited((limit) =>
      Promise.race([Promise.all(before), sleep(this.#node.clock, ms, limit)]),
    );
  }

  async #stop(pod: Pod, { id, name }: KillAction, graceMs: number): Promise<void> {
    const { clock, log, recorder, runtime } = this.#node;
    try {
      await this.#limited((limit) => {
        void this.#tellLate(pod, graceMs, limit);
        void this.#giveRoomLate(graceMs, limit);
        return runtime.stopContainer(id, graceMs);
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn('container not stopped, will be tried again', { id, error: why });
      const failure = `failed to "KillContainer" for "${name}" with KillContainerError: "${why}"`;
      const text = `error killing pod: ${failure}`;
      recordPodEvent(recorder, pod, 'Warning', 'FailedKillPod', text);
      await sleep(clock, RETRY_MS, this.#signal);
    }
  }

  /** A stop whose grace is over has killed, and waits for no more than that the end is noted. */
  async #giveRoomLate(graceMs: number, limit: AbortSignal): Promise<void> {
    await sleep(this.#node.clock, graceMs + RETRY_MS, limit);
    if (!limit.aborted) await this.#giveRoom();
  }

  async #tellLate(pod: Pod, graceMs: number, limit: AbortSignal): Promise<void> {
    const { clock, recorder } = this.#node;
    await sleep(clock, Math.max(LATE_MS_MIN, graceMs * 1.5), limit);
    if (limit.aborted) return;
    const text = 'Container runtime did not kill the pod within specified grace period.';
    recordPodEvent(recorder, pod, 'Warning', 'ExceededGracePeriod', text);
  }

  async #preStop(pod: Pod, name: string, containerId: string, graceMs: number): Promise<void> {
    const container = allContainers(pod).find((candidate) => candidate.name === name);
    const hook = container?.lifecycle?.preStop;
    if (container === undefined || hook === undefined) return;
    const { cache, clock, hostIps, log, recorder } = this.#node;
    const sandbox = readySandbox(cache.get(pod.metadata.uid ?? ''));
    const podIp = sandbox?.ips[0] ?? hostIps[0] ?? '';
    try {
      await this.#limited((limit) => {
        const place = { pod, container, containerId, podIp };
        const running = runHook(this.#node, place, hook, limit);
        // A hook that fails after its time has no one to tell.
        running.catch(() => {});
        return Promise.race([running, sleep(clock, graceMs, limit)]);
      });
    } catch (error) {
      // What a hook answers may be secret: events are read by more people than the node's log.
      log.warn('PreStopHook failed', { pod: podText(pod), error: String(error) });
      const events = containerEvents(recorder, pod, name);
      events.record('Warning', 'FailedPreStopHook', 'PreStopHook failed');
    }
  }

  /** Runs `work` with a signal that aborts when it has ended, or the pod's worker does. */
  async #limited<T>(work: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const limit = new AbortController();
    const abort = () => limit.abort();
    if (this.#signal.aborted) abort();
    this.#signal.addEventListener('abort', abort, { once: true });
    try {
      return await work(limit.signal);
    } finally {
      abort();
      this.#signal.removeEventListener('abort', abort);
    }
  }
}
