/**
 * The one storage contract, with etcd's semantics: a global revision that every committed
 * transaction raises by one, transactions that compare revisions, ordered ranges by key prefix,
 * watches from a revision, and compaction. Memory, LevelDB and etcd implement it and pass one
 * suite (store-suite.ts); nothing above knows which one it has.
 *
 * A value is a `V` chosen by the user of the store; a {@link Codec} turns it into bytes where a
 * store keeps bytes, so that a store in this process can hand back the very object it was given.
 */

/** How a store turns values into bytes and back. */
export interface Codec<V> {
  /** Called once per put, when its revision is known; what it returns is kept and read. */
  commit(draft: V, modRevision: number): V;
  encode(value: V, key: string): Uint8Array;
  decode(bytes: Uint8Array, modRevision: number, key: string): V;
  /** About how many bytes a committed value holds; the history of a store is bounded by them. */
  size?(value: V): number;
}

export interface KeyValue<V> {
  readonly key: string;
  readonly value: V;
  /** The revision of the transaction that created the key, and of the one that last wrote it. */
  readonly createRevision: number;
  readonly modRevision: number;
}

/** True when `key` was last written at `modRevision`; 0 means that it does not exist. */
export interface Compare {
  readonly key: string;
  readonly modRevision: number;
}

export type Operation<V> =
  | { readonly type: 'put'; readonly key: string; readonly value: V }
  | { readonly type: 'delete'; readonly key: string };

/** All of `operations` or none of them, if every comparison holds. A key appears at most once. */
export interface Transaction<V> {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation<V>[];
}

/** A transaction's outcome. A lost race is an outcome, not an error. */
export type Outcome<V> =
  | {
      readonly succeeded: true;
      /**
       * The revision of this transaction. One that changes nothing (no operation but deletes of
       * absent keys) raises no revision, as in etcd, and has the newest.
       */
      readonly revision: number;
      /** One for each operation: what a put committed, or what a delete removed (null: nothing). */
      readonly results: readonly (KeyValue<V> | null)[];
    }
  | {
      readonly succeeded: false;
      /** The newest revision; `current` is as of it. */
      readonly revision: number;
      /** The present state of each compared key, in order; null where it does not exist. */
      readonly current: readonly (KeyValue<V> | null)[];
    };

export interface RangeOptions {
  /** The state as of this revision; by default the newest. */
  readonly revision?: number;
  /** Begin at this key (inclusive), which lies within the prefix: for continuing a list. */
  readonly from?: string;
  /** At most so many items; 0 or absent means all. */
  readonly limit?: number;
}

export interface RangeResult<V> {
  readonly items: readonly KeyValue<V>[];
  /** The revision that the answer shows. */
  readonly revision: number;
  /** How many further items the limit cut off. */
  readonly remaining: number;
}

export interface StoreEvent<V> {
  readonly type: 'put' | 'delete';
  /** After a put: the new state. After a delete: the last state before it. */
  readonly item: KeyValue<V>;
  /** What a put replaced; null when it created the key. Same as `item` for a delete. */
  readonly previous: KeyValue<V> | null;
  /** The transaction's revision; several events may share it. */
  readonly revision: number;
}

/**
 * A cursor over the history of a key prefix. It holds no queue of its own: a slow reader lags in
 * the store's shared, bounded history, and meets {@link CompactedError} if it lags too far. So a
 * thousand slow watchers cost a thousand numbers.
 */
export interface Watch<V> {
  /**
   * The next events in revision order, at most about `max` (1 or more), never part of a revision;
   * [] when there are none yet.
   *
   * @throws CompactedError when the history after the cursor is gone
   */
  take(max: number): readonly StoreEvent<V>[];
  /** Everything up to this revision has been taken or does not concern the prefix. */
  readonly revision: number;
  /**
   * Called (once per publication, synchronously, in order of creation) when `take` has something
   * new. Must not throw.
   */
  onReady: (() => void) | null;
  /** Ends the watch; it keeps nothing alive after. */
  close(): void;
}

export interface Store<V> {
  /** The newest revision that readers may see: durable where the store is. Starts at 1. */
  readonly revision: number;
  /** Ranges and watches before this revision fail. */
  readonly compactedRevision: number;

  get(key: string): Promise<KeyValue<V> | null>;

  /**
   * Items whose key starts with `prefix`, in byte order of their keys.
   *
   * @throws CompactedError, FutureRevisionError
   */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult<V>>;

  /** How many keys start with `prefix` now. */
  count(prefix: string): Promise<number>;

  /**
   * Resolves when the outcome is as durable as the store promises. Readers and watchers see a
   * write only then, so no reader ever sees what a crash could take back.
   *
   * @throws StoreError when the write cannot be made durable; the store then refuses writes until
   *   it can again, and whether this one is there after that is not known. Also when the transaction
   *   is malformed, and {@link OverloadedError} when too many wait: then the store goes on.
   */
  commit(transaction: Transaction<V>): Promise<Outcome<V>>;

  /**
   * Events of keys under `prefix` with a revision greater than `afterRevision`.
   *
   * @throws CompactedError when that history is gone, FutureRevisionError when it is yet to come
   */
  watch(prefix: string, afterRevision: number): Watch<V>;

  /**
   * Forgets history up to `revision`; does nothing when that is forgotten already.
   *
   * @throws FutureRevisionError when `revision` is yet to come
   */
  compact(revision: number): Promise<void>;

  /**
   * Waits for what is under way, then releases everything. Further calls throw, also `take` of
   * watches still open. Closing again does nothing.
   */
  close(): Promise<void>;
}

/** The store cannot do what was asked. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** Too many writes wait to become durable; nothing was written and the store is well. Try later. */
export class OverloadedError extends StoreError {
  override readonly name = 'OverloadedError';
}

/** The revision asked for is no longer kept: etcd's ErrCompacted. */
export class CompactedError extends StoreError {
  override readonly name = 'CompactedError';
  readonly compactedRevision: number;

  constructor(compactedRevision: number) {
    super(`required revision has been compacted: history starts after ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}

/** The revision asked for has not happened: etcd's ErrFutureRev. */
export class FutureRevisionError extends StoreError {
  override readonly name = 'FutureRevisionError';
  readonly revision: number;

  constructor(revision: number) {
    super(`required revision is a future revision: current is ${revision}`);
    this.revision = revision;
  }
}
