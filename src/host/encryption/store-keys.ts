import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Codec } from '../../storage/store.ts';
import type { RewriteValue } from '../level-store/rewrite.ts';
import {
  closeKeyFile,
  type EncryptionKey,
  joinKeys,
  makeKey,
  readKeyFile,
  writeKeyFile,
} from './key-file.ts';
import { Vault } from './vault.ts';

/** What of a store its keys have to do with. */
export interface KeyedStore {
  /** Replaces values below revisions and watches; answers how many it replaced. */
  rewriteValues(rewrite: RewriteValue): Promise<number>;
  /** Removes from disk what values were before. */
  scrub(): Promise<void>;
  backup(file: string): Promise<unknown>;
}

/** Where the keys of a backup lie: beside it. */
export function backupKeyFile(backup: string): string {
  return `${backup}.keys`;
}

/**
 * The encryption keys of a store, and their change. A change is safe at every step: first the new
 * key is on disk beside the old one, then every value is sealed with it, then the old one goes. A
 * start finds where an earlier process was, and goes on there.
 */
export class StoreKeys {
  readonly #file: string;
  readonly #vault: Vault;
  #isNew: boolean;
  /** Changes of keys and backups are made one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: string, keys: readonly EncryptionKey[] | null, prefixes: string[]) {
    this.#file = file;
    this.#isNew = keys === null;
    this.#vault = new Vault(keys ?? [makeKey()], prefixes);
  }

  /**
   * Reads the keys in `file`, which its owner alone can read from then on. Without one there is a
   * new key, which {@link save} keeps.
   *
   * @param prefixes of the store's keys whose values are encrypted
   * @throws StoreError
   */
  static async read(file: string, prefixes: string[]): Promise<StoreKeys> {
    const keys = await readKeyFile(file);
    if (keys !== null) await closeKeyFile(file);
    return new StoreKeys(file, keys, prefixes);
  }

  codec<V>(codec: Codec<V>): Codec<V> {
    return this.#vault.codec(codec);
  }

  /**
   * Puts a new key on disk. To be called before the first write, and when the store has been read:
   * a store that needs keys which are lost must not get another beside them.
   */
  async save(): Promise<void> {
    if (!this.#isNew) return;
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeKeyFile(this.#file, this.#vault.keys);
    this.#isNew = false;
  }

  /**
   * Brings to its end what an earlier process left: values that are not encrypted yet, or not with
   * the newest key. Answers how many were encrypted anew.
   */
  finish(store: KeyedStore): Promise<number> {
    return this.#inTurn(async () => {
      if (this.#vault.stale === 0 && this.#vault.keys.length === 1) return 0;
      return this.#renewAll(store);
    });
  }

  /** Makes a new key, encrypts everything with it and forgets the old one. Answers how much. */
  rotate(store: KeyedStore): Promise<number> {
    return this.#inTurn(async () => {
      const key = makeKey();
      await writeKeyFile(this.#file, joinKeys([key], this.#vault.keys));
      this.#vault.use(key);
      return this.#renewAll(store);
    });
  }

  /** Backs the store up, with the keys to it in a file of its own. */
  backup(store: KeyedStore, file: string): Promise<void> {
    return this.#inTurn(async () => {
      const keyFile = backupKeyFile(file);
      // A backup that is replaced stays readable until it is.
      const before = (await readKeyFile(keyFile).catch(() => null)) ?? [];
      await writeKeyFile(keyFile, joinKeys(this.#vault.keys, before));
      await store.backup(file);
      await writeKeyFile(keyFile, this.#vault.keys);
    });
  }

  async #renewAll(store: KeyedStore): Promise<number> {
    const count = await store.rewriteValues((place, bytes) => this.#vault.renew(place, bytes));
    // What was written before lies in the database's files until they are merged.
    await store.scrub();
    await writeKeyFile(this.#file, this.#vault.keys.slice(0, 1));
    this.#vault.forgetOthers();
    return count;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
