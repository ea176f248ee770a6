import type { StoreEvent } from './store.ts';

/**
 * Events in revision order, each at an index that stays the same while events are dropped at the
 * old end. Who owns it bounds it by dropping.
 */
export class EventLog<V> {
  readonly #events: StoreEvent<V>[] = [];
  #start = 0;

  /** The index of the oldest event kept. */
  get start(): number {
    return this.#start;
  }

  /** One more than the index of the newest event. */
  get end(): number {
    return this.#start + this.#events.length;
  }

  get length(): number {
    return this.#events.length;
  }

  /** The event at `index`, which lies in [start, end). */
  at(index: number): StoreEvent<V> {
    return this.#events[index - this.#start]!;
  }

  push(event: StoreEvent<V>): void {
    this.#events.push(event);
  }

  /** Adds events older than all others; they get the indexes before `start`. */
  prepend(events: readonly StoreEvent<V>[]): void {
    if (events.length === 0) return;
    this.#events.splice(0, 0, ...events);
    this.#start -= events.length;
  }

  /** The index of the first event with a revision greater than `revision`. */
  indexAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#start + low;
  }

  /** Forgets every event up to `revision`. */
  dropThrough(revision: number): void {
    const index = this.indexAfter(revision);
    this.#events.splice(0, index - this.#start);
    this.#start = index;
  }
}
