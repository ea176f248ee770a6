import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { StoreError } from '../../storage/store.ts';
import { syncDirectory } from './backup.ts';
import { type BackupEntry, readEntries, verifyBackup } from './backup-format.ts';
import { type Database, openDatabase } from './database.ts';
import { ITEM_PREFIX, parseRevision, REVISION_KEY, splitItem } from './layout.ts';

/**
 * How far a restored store's revision lies after the backup's, unless told otherwise: more than
 * were written since, so that no revision a client remembers comes again with other content. The
 * figure that etcd's documentation advises for `--bump-revision`.
 */
export const REVISION_BUMP = 1_000_000_000;

export interface RestoreSummary {
  /** The revision that the restored store starts with. */
  readonly revision: number;
  readonly keys: number;
}

/**
 * Makes the store in `dir` from a backup. It is built beside `dir` and renamed when it is whole
 * and on disk, so `dir` holds all of it or stays as it was.
 *
 * @throws StoreError when `dir` is not empty, or the backup is damaged
 */
export async function restoreLevelStore(
  file: string,
  dir: string,
  revisionBump = REVISION_BUMP,
): Promise<RestoreSummary> {
  await checkEmpty(dir);
  await verifyBackup(file);
  const target = resolve(dir);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  try {
    const database = await openDatabase(partial);
    let summary: RestoreSummary;
    try {
      summary = await putEntries(database, file, revisionBump);
    } finally {
      await database.close();
    }
    await rename(partial, target);
    await syncDirectory(dirname(target));
    return summary;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (error instanceof StoreError) throw error;
    throw new StoreError(`cannot restore ${file} to ${dir}: ${String(error)}`, { cause: error });
  }
}

/**
 * The items of a backup, with their values as they are stored.
 *
 * @throws StoreError when the backup is damaged
 */
export async function* readItems(file: string): AsyncGenerator<{ key: string; value: Buffer }> {
  await verifyBackup(file);
  for await (const entries of readEntries(file)) {
    for (const [name, bytes] of entries) {
      if (!name.startsWith(ITEM_PREFIX)) continue;
      const key = name.slice(ITEM_PREFIX.length);
      yield { key, value: splitItem(key, bytes).value };
    }
  }
}

async function checkEmpty(dir: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new StoreError(`cannot restore to ${dir}: ${String(error)}`, { cause: error });
  }
  if (names.length > 0) throw new StoreError(`cannot restore to ${dir}: it is not empty`);
}

async function putEntries(
  database: Database,
  file: string,
  revisionBump: number,
): Promise<RestoreSummary> {
  let revision = 1;
  let keys = 0;
  const bump = ([key, value]: BackupEntry): BackupEntry => {
    if (key.startsWith(ITEM_PREFIX)) keys++;
    if (key !== REVISION_KEY) return [key, value];
    revision = parseRevision(value.toString()) + revisionBump;
    return [key, Buffer.from(String(revision))];
  };
  for await (const entries of readEntries(file)) {
    const changes = entries.map(bump).map(([key, value]) => ({ type: 'put', key, value }) as const);
    await database.batch(changes, { sync: true });
  }
  return { revision, keys };
}
