import { EventLog } from './event-log.ts';
import { compareKeys } from './key-order.ts';
import { OrderedIndex } from './ordered-index.ts';
import {
  CompactedError,
  FutureRevisionError,
  type KeyValue,
  type RangeOptions,
  type RangeResult,
  type StoreEvent,
  type Watch,
} from './store.ts';
import { WatchHub } from './watch-hub.ts';

/**
 * Events that a store keeps for watches and older ranges, unless told otherwise. With what they
 * replaced they hold about 3 KB each.
 */
export const HISTORY_EVENTS_MAX = 10_000;
/** And so many bytes of values at most: a few large objects written over and over fill memory too. */
export const HISTORY_BYTES_MAX = 64 * 1024 * 1024;
/** The history may outgrow its bounds by this share, so that forgetting is rare and cheap. */
const HISTORY_SLACK = 0.25;

/**
 * What readers and watchers see: the newest items, a bounded history of events, the watches.
 * Older revisions are not kept but reckoned from the newest by undoing the events since.
 */
export class VersionedState<V> {
  readonly #items = new Map<string, KeyValue<V>>();
  readonly #index = new OrderedIndex<KeyValue<V>>();
  readonly #hub: WatchHub<V> = new WatchHub(this);
  readonly #eventsMax: number;
  readonly #sizeOf: (value: V) => number;
  /** Of the values in the history. */
  #historyBytes = 0;
  readonly history = new EventLog<V>();
  #revision: number;
  #compactedRevision: number;

  /**
   * @param eventsMax at least so many events are kept, and about a quarter more at most, unless
   *   their values hold more than {@link HISTORY_BYTES_MAX}
   * @param sizeOf the bytes that a value holds
   */
  constructor(
    eventsMax: number,
    revision: number,
    compactedRevision: number,
    sizeOf: (value: V) => number = () => 0,
  ) {
    this.#eventsMax = eventsMax;
    this.#sizeOf = sizeOf;
    this.#revision = revision;
    this.#compactedRevision = compactedRevision;
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  /** Adds an item that was there before this process: no event. */
  load(item: KeyValue<V>): void {
    this.#items.set(item.key, item);
    this.#index.set(item.key, item);
  }

  get(key: string): KeyValue<V> | null {
    return this.#items.get(key) ?? null;
  }

  count(prefix: string): number {
    return this.#index.count(prefix);
  }

  /** @throws CompactedError, FutureRevisionError */
  range(prefix: string, options: RangeOptions): RangeResult<V> {
    const revision = options.revision || this.#revision;
    this.#checkRevision(revision);
    const limit = options.limit || Number.POSITIVE_INFINITY;
    const from = options.from ?? '';
    const undone = this.#undo(prefix, revision);
    if (undone.size === 0) return { ...this.#index.range(prefix, from, limit), revision };
    // However many of these are undone, at least `limit` are left, or there are no more.
    const present = this.#index.range(prefix, from, limit + undone.size);
    const items = present.items.filter(({ key }) => !undone.has(key));
    let total = present.items.length + present.remaining;
    for (const [key, item] of undone) {
      if (compareKeys(key, from) < 0) continue;
      if (this.#items.has(key)) total--;
      if (item === null) continue;
      items.push(item);
      total++;
    }
    items.sort((a, b) => compareKeys(a.key, b.key));
    const page = items.slice(0, limit);
    return { items: page, remaining: total - page.length, revision };
  }

  /** @throws CompactedError, FutureRevisionError */
  watch(prefix: string, afterRevision: number): Watch<V> {
    this.#checkRevision(afterRevision);
    return this.#hub.open(prefix, afterRevision);
  }

  /**
   * Publishes events in revision order, up to and including `revision`. Watches are told when all
   * of it can be read.
   */
  publish(events: readonly StoreEvent<V>[], revision: number): void {
    this.#revision = revision;
    for (const event of events) {
      const { key } = event.item;
      this.history.push(event);
      this.#historyBytes += this.#sizeOf(event.item.value);
      if (event.type === 'put') {
        this.#items.set(key, event.item);
        this.#index.set(key, event.item);
      } else {
        this.#items.delete(key);
        this.#index.delete(key);
      }
    }
    const isTooLong = this.history.length > this.#eventsMax * (1 + HISTORY_SLACK);
    if (isTooLong || this.#historyBytes > HISTORY_BYTES_MAX * (1 + HISTORY_SLACK)) {
      // Never in the middle of a revision, and never what is being published just now: its
      // watches have had no chance to take it.
      const oldestKept = this.history.at(this.#oldestToKeep());
      this.compact(Math.min(oldestKept.revision, events[0]!.revision) - 1);
    }
    this.#hub.publish(events);
  }

  /** The index of the oldest event within both bounds of the history. */
  #oldestToKeep(): number {
    const { history } = this;
    let index = Math.max(history.start, history.end - this.#eventsMax);
    let bytes = this.#historyBytes - this.#bytesBefore(index);
    while (bytes > HISTORY_BYTES_MAX && index < history.end - 1) {
      bytes -= this.#sizeOf(history.at(index).item.value);
      index++;
    }
    return index;
  }

  /** Of the values in the history before `index`. */
  #bytesBefore(index: number): number {
    let bytes = 0;
    for (let i = this.history.start; i < index; i++) {
      bytes += this.#sizeOf(this.history.at(i).item.value);
    }
    return bytes;
  }

  /** @throws FutureRevisionError */
  compact(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision <= this.#compactedRevision) return;
    this.#compactedRevision = revision;
    this.#historyBytes -= this.#bytesBefore(this.history.indexAfter(revision));
    this.history.dropThrough(revision);
    this.#hub.compact();
  }

  close(): void {
    this.#hub.close();
  }

  #checkRevision(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision < this.#compactedRevision) throw new CompactedError(this.#compactedRevision);
  }

  /** What the keys under `prefix` that changed after `revision` were at it. */
  #undo(prefix: string, revision: number): Map<string, KeyValue<V> | null> {
    const undone = new Map<string, KeyValue<V> | null>();
    if (revision === this.#revision) return undone;
    const oldest = this.history.indexAfter(revision);
    for (let i = this.history.end - 1; i >= oldest; i--) {
      const { item, previous } = this.history.at(i);
      if (item.key.startsWith(prefix)) undone.set(item.key, previous);
    }
    return undone;
  }
}
