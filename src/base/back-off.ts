import type { Clock } from './clock.ts';

/** In milliseconds. */
export interface BackOffLimits {
  readonly initialMs: number;
  readonly maxMs: number;
  /** A key not backed off for longer starts anew. */
  readonly resetMs: number;
}

interface Entry {
  readonly delayMs: number;
  readonly updatedAt: number;
  readonly resetMs: number;
}

/**
 * Doubling delays per key, as client-go's flowcontrol.Backoff without jitter: the first `next`
 * gives `initialMs`, each later one twice as much up to `maxMs`. A key not backed off for more
 * than `2 * maxMs` starts anew. A key may have limits of its own: they are given with each call.
 *
 * Bounded: `collect` forgets stale keys and is called by `next` once there are `keysMax`.
 */
export class BackOff {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #limits: BackOffLimits;
  readonly #keysMax: number;

  constructor(clock: Clock, initialMs: number, maxMs: number, keysMax = 10_000) {
    this.#clock = clock;
    this.#limits = { initialMs, maxMs, resetMs: 2 * maxMs };
    this.#keysMax = keysMax;
  }

  /** The present delay of `key` in milliseconds; 0 when it never backed off. */
  get(key: string, { maxMs } = this.#limits): number {
    return Math.min(this.#entries.get(key)?.delayMs ?? 0, maxMs);
  }

  /** Doubles the delay of `key`, counting from `eventAt` (epoch ms) for staleness. */
  next(key: string, eventAt: number, limits = this.#limits): void {
    const { initialMs, maxMs, resetMs } = limits;
    const entry = this.#entries.get(key);
    const isNew = entry === undefined || isStale(entry, eventAt, resetMs);
    const delayMs = isNew ? initialMs : Math.min(entry.delayMs * 2, maxMs);
    if (entry === undefined && this.#entries.size >= this.#keysMax) this.collect();
    this.#entries.set(key, { delayMs, updatedAt: this.#clock.now(), resetMs });
  }

  /** Whether `key`, whose last event was at `eventAt` (epoch ms), must still wait. */
  isWaiting(key: string, eventAt: number): boolean {
    return this.remainingMs(key, eventAt) > 0;
  }

  /** How long `key` must still wait after `eventAt`, in milliseconds; 0 when it may go on. */
  remainingMs(key: string, eventAt: number, limits = this.#limits): number {
    const entry = this.#entries.get(key);
    if (entry === undefined || isStale(entry, eventAt, limits.resetMs)) return 0;
    return Math.max(0, eventAt + this.get(key, limits) - this.#clock.now());
  }

  /** Forgets `key`. */
  reset(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets every stale key. */
  collect(): void {
    const now = this.#clock.now();
    for (const [key, entry] of this.#entries)
      if (isStale(entry, now, entry.resetMs)) this.#entries.delete(key);
  }
}

function isStale(entry: Entry, eventAt: number, resetMs: number): boolean {
  return eventAt - entry.updatedAt > resetMs;
}
