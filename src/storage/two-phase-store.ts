import { assert } from '../base/assert.ts';
import { checkKey } from './key-order.ts';
import {
  type Codec,
  type KeyValue,
  type Operation,
  type Outcome,
  OverloadedError,
  type RangeOptions,
  type RangeResult,
  type Store,
  StoreError,
  type StoreEvent,
  type Transaction,
  type Watch,
} from './store.ts';
import type { VersionedState } from './versioned-state.ts';

/** More transactions than this waiting for the disk are refused. */
const PENDING_MAX = 10_000;
/** Transactions that become durable together; the next gather meanwhile. */
const GROUP_MAX = 1_000;
/** Transactions published at a stretch: to answer their writers takes some 50 us each. */
const PUBLISH_MAX = 32;

/** Where a store's transactions become durable. `R` is one transaction made ready to be written. */
export interface Journal<V, R> {
  /** Encodes a transaction's events. May throw: then only this transaction fails. */
  prepare(events: readonly StoreEvent<V>[]): R;
  /**
   * Resolves when all of `records`, the last of which made `revision`, are durable. All or nothing.
   * Called again only then. After a rejection nothing is written until `recover` has succeeded.
   */
  write(records: readonly R[], revision: number): Promise<void>;
  /**
   * After a write that failed: makes ready to write again, and answers the newest revision that is
   * durable. Rejects while that cannot be. Without it a failure is final.
   */
  recover?(): Promise<number>;
  /** Lets the rest of the process have its turn, in the middle of a large group's publication. */
  pause?(): Promise<void>;
  close(): Promise<void>;
}

/** A transaction that was decided but is not durable yet. */
interface Pending<V, R> {
  readonly revision: number;
  readonly events: readonly StoreEvent<V>[];
  readonly record: R;
  /** Settles when it was published, or will never be. */
  readonly done: Promise<void>;
  readonly publish: () => void;
  readonly fail: (error: StoreError) => void;
}

/** What a key will be once the transaction that writes it is durable. */
interface PendingKey<V, R> {
  readonly item: KeyValue<V> | null;
  readonly pending: Pending<V, R>;
}

/**
 * A store whose state lives in memory and whose transactions pass two phases. First, at once and
 * in order, each is decided against the state that includes the transactions still on their way
 * to disk, and gets its revision. Then, when the journal has it, it is published to readers and
 * watches. A transaction that changes nothing, because it lost or had nothing to do, is answered
 * when everything decided before it is durable: it may have seen it.
 *
 * Transactions gather while others are being written, and share one write: group commit.
 */
export class TwoPhaseStore<V, R> implements Store<V> {
  readonly #codec: Pick<Codec<V>, 'commit'>;
  readonly #state: VersionedState<V>;
  readonly #journal: Journal<V, R>;
  readonly #pendingKeys = new Map<string, PendingKey<V, R>>();
  /** In revision order. */
  #gathered: Pending<V, R>[] = [];
  #flushing: Promise<void> | null = null;
  /** The revision decided last, and its transaction while that is not published. */
  #newestRevision: number;
  #newestPending: Pending<V, R> | null = null;
  #failure: StoreError | null = null;
  /** The write that failed: whether it is durable is not known before the journal has recovered. */
  #failed: readonly Pending<V, R>[] = [];
  #recovering: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(codec: Pick<Codec<V>, 'commit'>, state: VersionedState<V>, journal: Journal<V, R>) {
    this.#codec = codec;
    this.#state = state;
    this.#journal = journal;
    this.#newestRevision = state.revision;
  }

  get revision(): number {
    return this.#state.revision;
  }

  get compactedRevision(): number {
    return this.#state.compactedRevision;
  }

  async get(key: string): Promise<KeyValue<V> | null> {
    this.#checkOpen();
    return this.#state.get(key);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult<V>> {
    this.#checkOpen();
    return this.#state.range(prefix, options);
  }

  async count(prefix: string): Promise<number> {
    this.#checkOpen();
    return this.#state.count(prefix);
  }

  watch(prefix: string, afterRevision: number): Watch<V> {
    this.#checkOpen();
    return this.#state.watch(prefix, afterRevision);
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    this.#state.compact(revision);
  }

  async commit(transaction: Transaction<V>): Promise<Outcome<V>> {
    this.#checkOpen();
    checkTransaction(transaction);
    if (this.#failure !== null) {
      await this.#recover(this.#failure);
      this.#checkOpen();
    }
    const { compare, operations } = transaction;
    const current = compare.map(({ key }) => this.#decided(key));
    const holds = compare.every(
      ({ modRevision }, i) => (current[i]?.modRevision ?? 0) === modRevision,
    );
    if (!holds) return { succeeded: false, revision: await this.#newestDurable(), current };
    const { events, results } = this.#decide(operations);
    if (events.length === 0)
      return { succeeded: true, revision: await this.#newestDurable(), results };
    const pending = this.#append(events);
    await pending.done;
    return { succeeded: true, revision: pending.revision, results };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#recovering?.catch(() => {});
    while (this.#flushing !== null) await this.#flushing;
    this.#state.close();
    await this.#journal.close();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new StoreError('the store is closed');
  }

  /** The item as transactions see it: with those still on their way to disk. */
  #decided(key: string): KeyValue<V> | null {
    const pendingKey = this.#pendingKeys.get(key);
    return pendingKey === undefined ? this.#state.get(key) : pendingKey.item;
  }

  /** The newest revision decided so far, when it can no longer be taken back. */
  async #newestDurable(): Promise<number> {
    const revision = this.#newestRevision;
    await this.#newestPending?.done;
    return revision;
  }

  #decide(operations: readonly Operation<V>[]): {
    events: StoreEvent<V>[];
    results: (KeyValue<V> | null)[];
  } {
    const revision = this.#newestRevision + 1;
    const events: StoreEvent<V>[] = [];
    const results = operations.map((operation) => {
      const { key } = operation;
      const previous = this.#decided(key);
      if (operation.type === 'delete') {
        if (previous !== null) events.push({ type: 'delete', item: previous, previous, revision });
        return previous;
      }
      const value = this.#codec.commit(operation.value, revision);
      const createRevision = previous?.createRevision ?? revision;
      const item: KeyValue<V> = { key, value, createRevision, modRevision: revision };
      events.push({ type: 'put', item, previous, revision });
      return item;
    });
    return { events, results };
  }

  /** From here on the transaction is decided; anything that may throw for it alone comes first. */
  #append(events: readonly StoreEvent<V>[]): Pending<V, R> {
    if (this.#gathered.length >= PENDING_MAX)
      throw new OverloadedError(`too many writes wait for the disk (${PENDING_MAX})`);
    const record = this.#journal.prepare(events);
    let publish!: () => void;
    let fail!: (error: StoreError) => void;
    const done = new Promise<void>((resolve, reject) => {
      publish = resolve;
      fail = reject;
    });
    const revision = this.#newestRevision + 1;
    const pending: Pending<V, R> = { revision, events, record, done, publish, fail };
    this.#newestRevision = revision;
    this.#newestPending = pending;
    for (const { type, item } of events)
      this.#pendingKeys.set(item.key, { item: type === 'put' ? item : null, pending });
    this.#gathered.push(pending);
    this.#flushing ??= this.#flush();
    return pending;
  }

  async #flush(): Promise<void> {
    // Writers that were answered together write again together: let them all gather first.
    await null;
    while (this.#gathered.length > 0) {
      const group = this.#gathered.splice(0, GROUP_MAX);
      try {
        await this.#journal.write(
          group.map(({ record }) => record),
          group.at(-1)!.revision,
        );
      } catch (error) {
        this.#fail(group, error);
        break;
      }
      for (let at = 0; at < group.length; at += PUBLISH_MAX) {
        if (at > 0) await this.#journal.pause?.();
        this.#publish(group.slice(at, at + PUBLISH_MAX));
      }
    }
    this.#flushing = null;
  }

  #publish(group: readonly Pending<V, R>[]): void {
    const events: StoreEvent<V>[] = [];
    for (const pending of group) {
      for (const event of pending.events) {
        events.push(event);
        const { key } = event.item;
        if (this.#pendingKeys.get(key)?.pending === pending) this.#pendingKeys.delete(key);
      }
    }
    if (group.at(-1) === this.#newestPending) this.#newestPending = null;
    this.#state.publish(events, group.at(-1)!.revision);
    for (const pending of group) pending.publish();
  }

  /** Nothing decided since can stand either: readers keep what was published. */
  #fail(group: readonly Pending<V, R>[], cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `writing failed, the store is read-only until it succeeds again: ${reason}`;
    this.#failure = new StoreError(text, { cause });
    this.#failed = group;
    for (const pending of [...group, ...this.#gathered]) pending.fail(this.#failure);
    this.#gathered = [];
    this.#pendingKeys.clear();
    this.#newestPending = null;
  }

  /**
   * Whoever writes after a failure has the journal look whether it can again, and those who come
   * meanwhile share the answer: no timer is needed, as a node writes its lease.
   *
   * @throws the failure while it cannot
   */
  #recover(failure: StoreError): Promise<void> {
    this.#recovering ??= this.#tryToRecover(failure).finally(() => {
      this.#recovering = null;
    });
    return this.#recovering;
  }

  async #tryToRecover(failure: StoreError): Promise<void> {
    const durable = await this.#journal.recover?.().catch(() => undefined);
    if (durable === undefined) throw failure;
    const group = this.#failed;
    this.#failed = [];
    // Its writers do not know. Now readers and watchers do, as after a restart.
    const wasWritten = durable === group.at(-1)?.revision;
    assert(wasWritten || durable === this.#state.revision, 'a write is durable whole or not');
    if (wasWritten) this.#publish(group);
    this.#newestRevision = this.#state.revision;
    this.#failure = null;
  }
}

function checkTransaction<V>({ compare, operations }: Transaction<V>): void {
  for (const { key } of compare) checkKey(key);
  const seen = new Set<string>();
  for (const { key } of operations) {
    checkKey(key);
    if (seen.has(key)) throw new StoreError(`duplicate key given in transaction: ${key}`);
    seen.add(key);
  }
}
