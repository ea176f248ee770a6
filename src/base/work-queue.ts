import type { Clock, Timer } from './clock.ts';
import type { Log } from './log.ts';

/** Retries of one key wait 5 ms, 10 ms, ... up to this: client-go's default item limiter. */
const RETRY_MS_MIN = 5;
const RETRY_MS_MAX = 1_000_000;

/**
 * Keys to work on, as client-go's rate-limiting work queue: a key waits in it once however often
 * it is added, is never worked on twice at the same time, and one added while being worked on runs
 * again after. A key whose work throws is tried again with doubling delay.
 *
 * Bounded by the number of distinct keys, that is, of live objects.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #work: (key: string) => Promise<void>;
  readonly #workersMax: number;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #delayed = new Map<string, { at: number; timer: Timer }>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  /** @param work is called for one key at a time, at most `workersMax` keys together */
  constructor(clock: Clock, log: Log, work: (key: string) => Promise<void>, workersMax = 1) {
    this.#clock = clock;
    this.#log = log;
    this.#work = work;
    this.#workersMax = workersMax;
  }

  /** Works on `key` as soon as a worker is free. */
  add(key: string): void {
    if (this.#stopped) return;
    this.#waiting.add(key);
    this.#start();
  }

  /** Works on `key` in `delayMs`; the earliest of several delays counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.monotonic() + delayMs;
    const pending = this.#delayed.get(key);
    if (pending !== undefined && pending.at <= at) return;
    pending?.timer.cancel();
    const timer = this.#clock.timer(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, timer });
  }

  /** Drops all that waits. Work under way ends by its own abort signal. */
  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#waiting.clear();
    this.#failures.clear();
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#active.size >= this.#workersMax) return;
      if (this.#active.has(key)) continue;
      this.#waiting.delete(key);
      this.#active.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    try {
      await this.#work(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#retry(key, error);
    } finally {
      this.#active.delete(key);
      if (!this.#stopped) this.#start();
    }
  }

  #retry(key: string, error: unknown): void {
    if (this.#stopped) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(RETRY_MS_MIN * 2 ** Math.min(failures, 30), RETRY_MS_MAX);
    this.#log.warn('work failed, will be tried again', { key, delayMs, error: String(error) });
    this.addAfter(key, delayMs);
  }
}
