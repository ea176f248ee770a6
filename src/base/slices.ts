import type { Clock, Timer } from './clock.ts';

/** Work holds the event loop for about this long at a time. */
const SLICE_MS = 4;

/** Who waits to go on, by clock: a clock stands for one event loop. */
const queues = new WeakMap<Clock, TurnQueue>();

/**
 * Breaks long work into slices, between which the event loop serves others. Work that is short, or
 * for which no time passes, never pauses.
 *
 * ```
 * const slices = new Slices(clock);
 * for (const item of items) {
 *   workOn(item);
 *   if (slices.isOver) await slices.pause();
 * }
 * ```
 */
export class Slices {
  readonly #clock: Clock;
  #endsAt = 0;

  /** The first slice begins now. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.restart();
  }

  /** Whether others should have their turn. */
  get isOver(): boolean {
    return this.#clock.monotonic() >= this.#endsAt;
  }

  /** Resolves when the next slice begins. */
  async pause(): Promise<void> {
    let queue = queues.get(this.#clock);
    if (queue === undefined) {
      queue = new TurnQueue(this.#clock);
      queues.set(this.#clock, queue);
    }
    await queue.next();
    this.restart();
  }

  /** Begins a slice now: after a wait for something else. */
  restart(): void {
    this.#endsAt = this.#clock.monotonic() + SLICE_MS;
  }
}

/**
 * Lets one of those who wait go on in each turn of the loop: however many work in slices, they
 * hold it for one slice at a time. Bounded by the work under way; no timer runs without it.
 */
class TurnQueue {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #timer: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#arm();
    });
  }

  #arm(): void {
    this.#timer ??= this.#clock.timer(0, () => {
      this.#timer = null;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#arm();
    });
  }
}
