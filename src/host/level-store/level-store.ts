import { setImmediate } from 'node:timers/promises';
import type { Codec, StoreEvent } from '../../storage/store.ts';
import { type Journal, TwoPhaseStore } from '../../storage/two-phase-store.ts';
import { HISTORY_EVENTS_MAX, VersionedState } from '../../storage/versioned-state.ts';
import { type BackupSummary, writeBackup } from './backup.ts';
import { type Database, openDatabase } from './database.ts';
import {
  decodeItem,
  encodeItem,
  ITEM_PREFIX,
  ITEMS_END,
  parseRevision,
  REVISION_KEY,
} from './layout.ts';
import { type Exclusively, type RewriteValue, rewriteItems, scrubItems } from './rewrite.ts';

/** Read at once when loading. */
const LOAD_ITEMS = 250;
const LOAD_BYTES = 512 * 1024;
const FIRST_REVISION = 1;

export interface LevelStoreOptions {
  /** At least so many events are kept: {@link HISTORY_EVENTS_MAX} by default. */
  readonly historyEventsMax?: number;
}

interface Change {
  readonly key: string;
  /** Null deletes the key. */
  readonly value: Buffer | null;
}

/**
 * The embedded store: all state in memory, LevelDB below it as the log that outlives the process.
 * A transaction is answered when an fsync of LevelDB's log has it; those that come meanwhile share
 * the next fsync.
 *
 * LevelDB keeps the state, not the history: after a restart everything before the newest revision
 * is compacted, and a watch from before gets {@link CompactedError}. Clients list again then (410
 * Gone), as they must after a restart of kube-apiserver, whose watch cache begins empty too; a
 * client that had seen the newest revision goes on where it was.
 */
export class LevelStore<V> extends TwoPhaseStore<V, Change[]> {
  readonly #database: Database;
  readonly #exclusively: Exclusively;
  /** Backups are made one after the other: two to one file would spoil each other. */
  #lastBackup: Promise<unknown> = Promise.resolve();

  /** Not for use: {@link openLevelStore} makes it. */
  constructor(codec: Codec<V>, state: VersionedState<V>, database: Database) {
    const journal = new LevelJournal(codec, database);
    super(codec, state, journal);
    this.#database = database;
    this.#exclusively = (work) => journal.exclusively(work);
  }

  /**
   * Writes the state of this moment to `file`, while reads and writes go on. The file appears
   * only when it is complete and on disk. Closing the store ends a backup that is under way.
   *
   * @throws StoreError when the file cannot be written
   */
  backup(file: string): Promise<BackupSummary> {
    const backup = this.#lastBackup.then(() => writeBackup(this.#database, file));
    this.#lastBackup = backup.catch(() => {});
    return backup;
  }

  /**
   * Replaces the bytes of values as `rewrite` says. What they mean must stay: nobody is told, and
   * revisions stay as they are. Answers how many were replaced.
   */
  rewriteValues(rewrite: RewriteValue): Promise<number> {
    return rewriteItems(this.#database, rewrite, this.#exclusively);
  }

  /** Removes from the files what values were before they were replaced or deleted. */
  scrub(): Promise<void> {
    return scrubItems(this.#database);
  }
}

/**
 * Opens the store in the directory `dir`, which it makes if missing.
 *
 * @throws StoreError when another process has it open, or it is damaged
 */
export async function openLevelStore<V>(
  dir: string,
  codec: Codec<V>,
  options: LevelStoreOptions = {},
): Promise<LevelStore<V>> {
  const database = await openDatabase(dir);
  try {
    const eventsMax = options.historyEventsMax ?? HISTORY_EVENTS_MAX;
    const stored = await storedRevision(database);
    const revision = stored ?? FIRST_REVISION;
    const compacted = stored ?? 0;
    const state = new VersionedState<V>(eventsMax, revision, compacted, codec.size);
    await load(database, codec, state);
    return new LevelStore(codec, state, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The newest revision on disk; null when nothing was ever written. */
async function storedRevision(database: Database): Promise<number | null> {
  const stored = await database.get(REVISION_KEY);
  return stored === undefined ? null : parseRevision(stored.toString());
}

async function load<V>(
  database: Database,
  codec: Codec<V>,
  state: VersionedState<V>,
): Promise<void> {
  const range = { gte: ITEM_PREFIX, lt: ITEMS_END, fillCache: false };
  const iterator = database.iterator({ ...range, highWaterMarkBytes: LOAD_BYTES });
  let reading = iterator.nextv(LOAD_ITEMS);
  try {
    for (;;) {
      const entries = await reading;
      if (entries.length === 0) return;
      // LevelDB reads on while these are taken in, which halves the time.
      reading = iterator.nextv(LOAD_ITEMS);
      for (const [key, bytes] of entries)
        state.load(decodeItem(codec, key.slice(ITEM_PREFIX.length), bytes));
    }
  } finally {
    await Promise.allSettled([reading]);
    await iterator.close();
  }
}

class LevelJournal<V> implements Journal<V, Change[]> {
  readonly #codec: Codec<V>;
  readonly #database: Database;
  #last: Promise<unknown> = Promise.resolve();

  constructor(codec: Codec<V>, database: Database) {
    this.#codec = codec;
    this.#database = database;
  }

  prepare(events: readonly StoreEvent<V>[]): Change[] {
    return events.map(({ type, item }) => {
      const key = ITEM_PREFIX + item.key;
      return { key, value: type === 'delete' ? null : encodeItem(this.#codec, item) };
    });
  }

  write(records: readonly Change[][], revision: number): Promise<void> {
    return this.exclusively(() => this.#write(records, revision));
  }

  /** Runs `work` after what is being written, and before what is written next. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #write(records: readonly Change[][], revision: number): Promise<void> {
    // Costs half of what a batch made from an array does.
    const batch = this.#database.batch();
    for (const changes of records) {
      for (const { key, value } of changes) {
        if (value === null) batch.del(key);
        else batch.put(key, value);
      }
    }
    batch.put(REVISION_KEY, Buffer.from(String(revision)));
    await batch.write({ sync: true });
  }

  /** LevelDB writes nothing after an error; opened again, it drops what is half written. */
  recover(): Promise<number> {
    return this.exclusively(async () => {
      await this.#database.close();
      await this.#database.open();
      return (await storedRevision(this.#database)) ?? FIRST_REVISION;
    });
  }

  pause(): Promise<void> {
    return setImmediate();
  }

  close(): Promise<void> {
    return this.exclusively(() => this.#database.close());
  }
}
