import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../storage/store.ts';
import { END_MARK, encodeEntry, HASH, MAGIC } from './backup-format.ts';
import type { Database } from './database.ts';
import { ITEM_PREFIX, parseRevision, REVISION_KEY } from './layout.ts';

/** Read from the database and written to the file at once. */
const CHUNK_ENTRIES = 200;
const CHUNK_BYTES = 1024 * 1024;

export interface BackupSummary {
  /** The revision that the backup shows. */
  readonly revision: number;
  /** How many keys it holds. */
  readonly keys: number;
  readonly bytes: number;
}

/**
 * Streams the database as of now to `file`, by way of `file.partial` in the same directory, which
 * is renamed when it is whole and on disk.
 *
 * @throws StoreError when the file cannot be written; then there is none, or the one before
 */
export async function writeBackup(database: Database, file: string): Promise<BackupSummary> {
  const partial = `${file}.partial`;
  try {
    const handle = await open(partial, 'w', 0o600);
    let summary: BackupSummary;
    try {
      summary = await writeEntries(database, handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    await syncDirectory(dirname(file));
    return summary;
  } catch (error) {
    await rm(partial, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(`cannot write the backup ${file}: ${reason}`, { cause: error });
  }
}

/** Makes a rename in `dir` outlive a power failure. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** LevelDB's iterator reads a snapshot made with it, of whole and synced batches only. */
async function writeEntries(database: Database, handle: FileHandle): Promise<BackupSummary> {
  const hash = createHash(HASH);
  let bytes = 0;
  const write = async (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
    await handle.appendFile(chunk);
  };
  let revision = 1;
  let keys = 0;
  const iterator = database.iterator({ fillCache: false, highWaterMarkBytes: CHUNK_BYTES });
  try {
    await write(MAGIC);
    for (;;) {
      const entries = await iterator.nextv(CHUNK_ENTRIES);
      if (entries.length === 0) break;
      for (const [key, value] of entries) {
        if (key === REVISION_KEY) revision = parseRevision(value.toString());
        if (key.startsWith(ITEM_PREFIX)) keys++;
      }
      await write(Buffer.concat(entries.map(([key, value]) => encodeEntry(key, value))));
    }
  } finally {
    await iterator.close();
  }
  await write(END_MARK);
  const digest = hash.digest();
  await handle.appendFile(digest);
  return { revision, keys, bytes: bytes + digest.length };
}
