import type { Database } from './database.ts';
import { ITEM_PREFIX, ITEMS_END, splitItem } from './layout.ts';

/** Looked at at once, and replaced in one batch. */
const CHUNK_ITEMS = 100;
const CHUNK_BYTES = 1024 * 1024;

/** Answers what is to stand in place of the value of `key`, or null to leave it. */
export type RewriteValue = (key: string, value: Uint8Array) => Uint8Array | null;

/** Runs while nothing else is written. */
export type Exclusively = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Replaces values on disk as `rewrite` says, some at a time; their revisions stay. Writers wait
 * only while something is replaced, and no longer than that takes. Answers how many were replaced.
 */
export async function rewriteItems(
  database: Database,
  rewrite: RewriteValue,
  exclusively: Exclusively,
): Promise<number> {
  let count = 0;
  let range: { gt: string } | { gte: string } = { gte: ITEM_PREFIX };
  for (;;) {
    const entries = await readChunk(database, range);
    const last = entries.at(-1);
    if (last === undefined) return count;
    const stale = entries.filter((entry) => renewed(entry, rewrite) !== null).map(([key]) => key);
    if (stale.length > 0) {
      count += await exclusively(() => replace(database, stale, rewrite));
    }
    range = { gt: last[0] };
  }
}

/**
 * Has LevelDB drop what lies on disk of values that were replaced or deleted. A merge of its files
 * leaves a file alone that nothing newer overlaps, so the ends of the range are touched first.
 */
export async function scrubItems(database: Database): Promise<void> {
  for (let turn = 0; turn < 2; turn++) {
    const ends = [ITEM_PREFIX, ITEMS_END].map((key) => ({ type: 'del', key }) as const);
    await database.batch(ends, { sync: true });
    await database.compactRange(ITEM_PREFIX, ITEMS_END);
  }
}

type Entry = readonly [key: string, bytes: Buffer];

async function readChunk(
  database: Database,
  range: { gt: string } | { gte: string },
): Promise<Entry[]> {
  const iterator = database.iterator({
    ...range,
    lt: ITEMS_END,
    fillCache: false,
    highWaterMarkBytes: CHUNK_BYTES,
  });
  try {
    return await iterator.nextv(CHUNK_ITEMS);
  } finally {
    await iterator.close();
  }
}

async function replace(database: Database, keys: string[], rewrite: RewriteValue): Promise<number> {
  // They may have been written or deleted since.
  const values = await database.getMany(keys);
  const puts = keys.flatMap((key, index) => {
    const bytes = values[index];
    const value = bytes === undefined ? null : renewed([key, bytes], rewrite);
    return value === null ? [] : [{ type: 'put', key, value } as const];
  });
  if (puts.length > 0) await database.batch(puts, { sync: true });
  return puts.length;
}

function renewed([key, bytes]: Entry, rewrite: RewriteValue): Buffer | null {
  const { header, value } = splitItem(key.slice(ITEM_PREFIX.length), bytes);
  const next = rewrite(key.slice(ITEM_PREFIX.length), value);
  return next === null ? null : Buffer.concat([header, next]);
}
