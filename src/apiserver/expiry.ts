import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { KubeObject } from '../objects/meta.ts';
import { CompactedError, type KeyValue, type Store, type Watch } from '../storage/store.ts';
import type { Stored } from '../storage/stored.ts';
import type { Resource } from './kind-table.ts';

/** Objects are dropped in batches, so that a storm of them an hour ago is no storm now. */
const BATCH_MAX = 100;
const BATCH_PAUSE_MS = 100;
/** A batch that could not be dropped is tried again after this. */
const RETRY_MS = 10_000;
const EVENTS_PER_TAKE = 1_000;

interface Entry {
  readonly modRevision: number;
  /** Epoch ms. */
  readonly dueAt: number;
}

/**
 * Drops the objects of a kind some time after their last write: etcd's leases for events. One
 * timer runs to the oldest object's end; without objects there is none.
 *
 * Invariant: entries stand in the order of their last write, so the first is due first.
 */
export class Expiry {
  readonly #store: Store<Stored>;
  readonly #resource: Resource;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  #watch: Watch<Stored> | null = null;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(store: Store<Stored>, resource: Resource, ttlMs: number, clock: Clock, log: Log) {
    this.#store = store;
    this.#resource = resource;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves when the objects that are there already are known. */
  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    await this.#load();
  }

  async #load(): Promise<void> {
    const { prefix } = this.#resource;
    const { items, revision } = await this.#store.range(prefix);
    if (this.#isStopped) return;
    this.#entries.clear();
    const known = items.map((item) => [item.key, this.#entryOf(item)] as const);
    known.sort(([, a], [, b]) => a.dueAt - b.dueAt);
    for (const [key, entry] of known) this.#entries.set(key, entry);
    this.#watch = this.#store.watch(prefix, revision);
    this.#watch.onReady = () => this.#take();
    this.#take();
  }

  /** The last write of an object from before the start is told by its own times alone. */
  #entryOf({ value, modRevision }: KeyValue<Stored>): Entry {
    const writtenAt = Math.min(lastTimeOf(value.object), this.#clock.now());
    return { modRevision, dueAt: writtenAt + this.#ttlMs };
  }

  #take(): void {
    const watch = this.#watch;
    if (watch === null) return;
    try {
      for (;;) {
        const events = watch.take(EVENTS_PER_TAKE);
        if (events.length === 0) break;
        const dueAt = this.#clock.now() + this.#ttlMs;
        for (const { type, item } of events) {
          // Deleted first, so that the entry moves to the end of the order.
          this.#entries.delete(item.key);
          if (type === 'put') this.#entries.set(item.key, { modRevision: item.modRevision, dueAt });
        }
      }
    } catch (error) {
      watch.close();
      this.#watch = null;
      if (error instanceof CompactedError) this.#reload();
      return;
    }
    this.#arm();
  }

  /** After a time of too many writes to follow. */
  #reload(): void {
    this.#load().catch((error: unknown) => {
      if (!this.#isStopped) this.#log.error('expired objects stay', { error: String(error) });
    });
  }

  #arm(pauseMs = 0): void {
    if (this.#timer !== null || this.#isStopped) return;
    const first = this.#entries.values().next();
    if (first.done) return;
    const delayMs = Math.max(pauseMs, first.value.dueAt - this.#clock.now());
    this.#timer = this.#clock.timer(delayMs, () => {
      this.#timer = null;
      void this.#drop();
    });
  }

  async #drop(): Promise<void> {
    const now = this.#clock.now();
    const due: [string, Entry][] = [];
    for (const [key, entry] of this.#entries) {
      if (entry.dueAt > now || due.length >= BATCH_MAX) break;
      due.push([key, entry]);
    }
    try {
      // A lost race means that the object was written again, or is gone: the watch tells.
      await Promise.all(
        due.map(([key, { modRevision }]) =>
          this.#store.commit({
            compare: [{ key, modRevision }],
            operations: [{ type: 'delete', key }],
          }),
        ),
      );
      this.#arm(BATCH_PAUSE_MS);
    } catch (error) {
      this.#log.warn('expired objects could not be dropped', { error: String(error) });
      this.#arm(RETRY_MS);
    }
  }

  #stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#watch?.close();
    this.#watch = null;
    this.#entries.clear();
  }
}

/** The latest of the times at the top of an object, or of its creation; epoch ms. */
function lastTimeOf(object: KubeObject): number {
  const times = [object.metadata.creationTimestamp, object.lastTimestamp, object.eventTime];
  const known = times.map((time) => (typeof time === 'string' ? Date.parse(time) : 0));
  return Math.max(...known.map((time) => (Number.isNaN(time) ? 0 : time)));
}
