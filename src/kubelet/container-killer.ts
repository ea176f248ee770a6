import { sleep } from '../base/clock.ts';
import type { Pod } from '../generated/types.ts';
import { containerEvents } from './container-events.ts';
import { runHook } from './hooks.ts';
import type { NodeContext } from './node-context.ts';
import type { Action } from './plan.ts';
import { allContainers } from './pod-identity.ts';
import { readySandbox } from './runtime-state.ts';

/** No container gets less than this between SIGTERM and SIGKILL, unless forced (upstream). */
export const GRACE_SECONDS_MIN = 2;
/** A kill that the runtime could not carry out is tried again after this. */
const RETRY_MS = 1_000;

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
    void this.#run(pod, action, graceMs, isHastened);
  }

  async #run(pod: Pod, action: KillAction, graceMs: number, isHastened: boolean): Promise<void> {
    const { id, name, event } = action;
    const { clock, runtime, cache, recorder, log } = this.#node;
    const startedAt = clock.monotonic();
    try {
      if (!isHastened) {
        containerEvents(recorder, pod, name).record('Normal', 'Killing', event);
        await this.#preStop(pod, name, id, graceMs);
      }
      const usedMs = clock.monotonic() - startedAt;
      await runtime.stopContainer(id, Math.max(GRACE_SECONDS_MIN * 1000, graceMs - usedMs));
    } catch (error) {
      log.warn('container not stopped, will be tried again', { id, error: String(error) });
      await sleep(clock, RETRY_MS, this.#signal);
    }
    await cache.refresh(id);
    this.#killing.delete(id);
    this.#ended();
  }

  async #preStop(pod: Pod, name: string, id: string, graceMs: number): Promise<void> {
    const container = allContainers(pod).find((candidate) => candidate.name === name);
    const hook = container?.lifecycle?.preStop;
    if (container === undefined || hook === undefined) return;
    const { cache, clock, hostIps, recorder } = this.#node;
    const sandbox = readySandbox(cache.get(pod.metadata.uid ?? ''));
    const limit = new AbortController();
    const abort = () => limit.abort();
    this.#signal.addEventListener('abort', abort, { once: true });
    const timedOut = sleep(clock, graceMs, limit.signal);
    const podIp = sandbox?.ips[0] ?? hostIps[0] ?? '';
    try {
      const running = runHook(this.#node, container, id, hook, podIp, limit.signal);
      // A hook that fails after its time has no one to tell.
      running.catch(() => {});
      await Promise.race([running, timedOut]);
    } catch (error) {
      const message = `PreStopHook failed: ${error instanceof Error ? error.message : error}`;
      containerEvents(recorder, pod, name).record('Warning', 'FailedPreStopHook', message);
    } finally {
      limit.abort();
      this.#signal.removeEventListener('abort', abort);
    }
  }
}
