import type { Clock } from './clock.ts';

interface Entry {
  delayMs: number;
  updatedAt: number;
}

/**
 * Doubling delays per key, as client-go's flowcontrol.Backoff without jitter: the first `next`
 * gives `initialMs`, each later one twice as much up to `maxMs`. A key not backed off for more
 * than `2 * maxMs` starts anew.
 *
 * Bounded: `collect` forgets stale keys and is called by `next` once there are `keysMax`.
 */
export class BackOff {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #keysMax: number;

  constructor(clock: Clock, initialMs: number, maxMs: number, keysMax = 10_000) {
    this.#clock = clock;
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#keysMax = keysMax;
  }

  /** The present delay of `key` in milliseconds; 0 when it never backed off. */
  get(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0;
  }

  /** Doubles the delay of `key`, counting from `eventAt` (epoch ms) for staleness. */
  next(key: string, eventAt: number): void {
    const entry = this.#entries.get(key);
    const delayMs =
      entry === undefined || this.#stale(entry, eventAt)
        ? this.#initialMs
        : Math.min(entry.delayMs * 2, this.#maxMs);
    if (entry === undefined && this.#entries.size >= this.#keysMax) this.collect();
    this.#entries.set(key, { delayMs, updatedAt: this.#clock.now() });
  }

  /** Whether `key`, whose last event was at `eventAt` (epoch ms), must still wait. */
  isWaiting(key: string, eventAt: number): boolean {
    return this.remainingMs(key, eventAt) > 0;
  }

  /** How long `key` must still wait after `eventAt`, in milliseconds; 0 when it may go on. */
  remainingMs(key: string, eventAt: number): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#stale(entry, eventAt)) return 0;
    return Math.max(0, eventAt + entry.delayMs - this.#clock.now());
  }

  /** Forgets `key`. */
  reset(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets every stale key. */
  collect(): void {
    const now = this.#clock.now();
    for (const [key, entry] of this.#entries)
      if (this.#stale(entry, now)) this.#entries.delete(key);
  }

  #stale(entry: Entry, eventAt: number): boolean {
    return eventAt - entry.updatedAt > 2 * this.#maxMs;
  }
}
