import { performance } from 'node:perf_hooks';
import type { Handler } from '../apiserver/handler.ts';
import type { Clock, Timer } from '../base/clock.ts';

/** A delay is looked for this often while there is work. */
const SAMPLE_MS = 2;
/** After so long without a request and with little work, nothing is measured any more. */
const QUIET_MS = 500;
/** The share of its time that a loop with work spends on it; the samples take one percent. */
const BUSY_SHARE = 0.1;

/** Upper bounds of the counted delays, in seconds: fine where a delay begins to be felt. */
export const DELAY_BOUNDS_SECONDS: readonly number[] = [
  0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01, 0.012, 0.015, 0.02, 0.025,
  0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2,
];

export interface EventLoopDelayParts {
  readonly clock: Clock;
  /** Milliseconds that the event loop has spent on work so far: {@link loopActiveMs}. */
  readonly activeMs: () => number;
}

/**
 * How late the event loop runs what is due. It measures from a request on, for as long as requests
 * come or the loop has work; an idle process is never woken for it.
 *
 * A loop that is held up misses samples, and is counted for each of them: so a quantile speaks of
 * moments, and one long delay weighs as much as it lasts.
 */
export class EventLoopDelay {
  readonly #parts: EventLoopDelayParts;
  /** How many delays fell between each bound and the one before; the last is beyond all. */
  readonly #buckets = new Array<number>(DELAY_BOUNDS_SECONDS.length + 1).fill(0);
  #secondsSum = 0;
  /** The next sample; null while nothing is measured. */
  #timer: Timer | null = null;
  #wasAsked = false;
  #windowStartedAt = 0;
  #windowActiveMs = 0;

  constructor(parts: EventLoopDelayParts) {
    this.#parts = parts;
  }

  /** The same handler; its requests begin the measuring. */
  watch(handler: Handler): Handler {
    return (request) => {
      this.#wasAsked = true;
      if (this.#timer === null) this.#begin();
      return handler(request);
    };
  }

  /** Ends the measuring until the next request. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Of all delays together. */
  get secondsSum(): number {
    return this.#secondsSum;
  }

  /** How many delays fell between each of {@link DELAY_BOUNDS_SECONDS} and the one before. */
  get buckets(): readonly number[] {
    return this.#buckets;
  }

  #begin(): void {
    this.#newWindow(this.#parts.clock.monotonic());
    this.#arm();
  }

  #arm(): void {
    const { clock } = this.#parts;
    const due = clock.monotonic() + SAMPLE_MS;
    this.#timer = clock.timer(SAMPLE_MS, () => {
      const now = clock.monotonic();
      this.#count(Math.max(0, now - due));
      if (this.#goesOn(now)) this.#arm();
      else this.#timer = null;
    });
  }

  #count(lateMs: number): void {
    for (let ms = lateMs; ms >= 0; ms -= SAMPLE_MS) {
      const seconds = ms / 1000;
      const bound = DELAY_BOUNDS_SECONDS.findIndex((candidate) => seconds <= candidate);
      const at = bound < 0 ? DELAY_BOUNDS_SECONDS.length : bound;
      this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
      this.#secondsSum += seconds;
    }
  }

  /** At the end of each window: whether requests came in it, or the loop had work. */
  #goesOn(now: number): boolean {
    const elapsedMs = now - this.#windowStartedAt;
    if (elapsedMs < QUIET_MS) return true;
    const share = (this.#parts.activeMs() - this.#windowActiveMs) / elapsedMs;
    const goesOn = this.#wasAsked || share > BUSY_SHARE;
    this.#newWindow(now);
    return goesOn;
  }

  #newWindow(now: number): void {
    this.#windowStartedAt = now;
    this.#windowActiveMs = this.#parts.activeMs();
    this.#wasAsked = false;
  }
}

/** Milliseconds that this process's event loop has spent on work, and not waiting, so far. */
export function loopActiveMs(): number {
  return performance.eventLoopUtilization().active;
}
