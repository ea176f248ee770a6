import { assert } from '../base/assert.ts';
import type { Clock, Timer } from '../base/clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/** Tasks at one instant; more means that something feeds itself without time passing. */
const TASKS_PER_INSTANT_MAX = 1_000_000;

/**
 * A clock that stands still until it is advanced. Before each timer fires, everything that the
 * last one set going runs to its end (promises and immediates), so a simulation repeats exactly.
 *
 * Invariant: timers fire by (deadline, order of creation).
 */
export class VirtualClock implements Clock {
  #now: number;
  readonly #epoch: number;
  #order = 0;
  readonly #heap: Entry[] = [];
  readonly #settle: () => Promise<void>;

  /**
   * @param startMs the epoch time at which it begins
   * @param settle resolves when all that can run without time passing has run
   */
  constructor(startMs: number, settle: () => Promise<void>) {
    this.#now = startMs;
    this.#epoch = startMs;
    this.#settle = settle;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#epoch;
  }

  timer(delayMs: number, fire: () => void): Timer {
    const at = this.#now + Math.max(0, delayMs);
    const entry: Entry = { at, order: this.#order++, fire, cancelled: false };
    this.#push(entry);
    return {
      cancel() {
        entry.cancelled = true;
      },
    };
  }

  /** Timers that wait: a stopped system has none. */
  get pending(): number {
    return this.#heap.filter((entry) => !entry.cancelled).length;
  }

  /** Lets `durationMs` pass, firing all that falls due. */
  async advance(durationMs: number): Promise<void> {
    await this.#runUntil(this.#now + durationMs, () => false);
  }

  /**
   * Lets time pass until `condition` holds.
   *
   * @throws AssertionError when it does not within `limitMs`
   */
  async advanceUntil(condition: () => boolean, limitMs: number, what: string): Promise<void> {
    const done = await this.#runUntil(this.#now + limitMs, condition);
    assert(done, `${what}: not within ${limitMs} ms of virtual time`);
  }

  async #runUntil(end: number, condition: () => boolean): Promise<boolean> {
    let instant = this.#now;
    let tasks = 0;
    for (;;) {
      await this.#settle();
      if (condition()) return true;
      const next = this.#peek();
      if (next === undefined || next.at > end) break;
      this.#pop();
      tasks = next.at === instant ? tasks + 1 : 0;
      assert(tasks < TASKS_PER_INSTANT_MAX, `endless work at virtual time ${instant}`);
      instant = next.at;
      this.#now = Math.max(this.#now, next.at);
      next.fire();
    }
    this.#now = end;
    return condition();
  }

  #peek(): Entry | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0];
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (before(heap[parent]!, entry)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
