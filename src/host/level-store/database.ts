import { mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import { StoreError } from '../../storage/store.ts';
import { FORMAT, FORMAT_KEY, OLDER_FORMATS } from './layout.ts';

/** LevelDB with text keys and binary values. */
export type Database = ClassicLevel<string, Buffer>;

/**
 * Nothing is read but at the start, so the block cache may be small. A write buffer of 8 MB halves
 * the files that a burst of writes leaves to be merged, and is replayed within 100 ms.
 */
const OPTIONS = {
  keyEncoding: 'utf8',
  valueEncoding: 'buffer',
  cacheSize: 1024 * 1024,
  writeBufferSize: 8 * 1024 * 1024,
} as const;

/**
 * Opens the database in `dir`, made if missing (readable by its owner alone: it holds secrets).
 *
 * @throws StoreError saying what to do, when another process has it, it is damaged or too new
 */
export async function openDatabase(dir: string): Promise<Database> {
  const database = await makeAndOpen(dir);
  try {
    await checkFormat(dir, database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function makeAndOpen(dir: string): Promise<Database> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    // A database begins to open, and makes its directory, as soon as it is constructed.
    const database: Database = new ClassicLevel(dir, OPTIONS);
    await database.open();
    return database;
  } catch (error) {
    throw openError(dir, error);
  }
}

async function checkFormat(dir: string, database: Database): Promise<void> {
  const format = (await database.get(FORMAT_KEY))?.toString();
  if (format === undefined || OLDER_FORMATS.includes(format))
    await database.put<string, Buffer>(FORMAT_KEY, Buffer.from(FORMAT), { sync: true });
  else if (format !== FORMAT)
    throw new StoreError(
      `the store in ${dir} has format ${format}, this program knows format ${FORMAT} only`,
    );
}

function openError(dir: string, error: unknown): StoreError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (code === 'LEVEL_LOCKED')
    return new StoreError(`the store in ${dir} is in use by another process`, { cause });
  if (code === 'LEVEL_CORRUPTION')
    return new StoreError(`the store in ${dir} is damaged, restore a backup: ${reason}`, { cause });
  return new StoreError(`cannot open the store in ${dir}: ${reason}`, { cause });
}
