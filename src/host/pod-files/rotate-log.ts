import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const UNFINISHED = '.tmp';

/**
 * Moves a log beyond `bytesMax` away, as upstream's container log manager: `0.log` becomes
 * `0.log.20260102-030405`, older ones are compressed, and `filesMax` are kept in all.
 * Answers whether it did.
 *
 * @param now epoch ms, for the name
 */
export async function rotateLog(
  path: string,
  bytesMax: number,
  filesMax: number,
  now: number,
): Promise<boolean> {
  const present = await stat(path).catch(() => null);
  if (present === null || present.size <= bytesMax) return false;
  const all = await rotatedLogs(path);
  for (const left of all.filter(isUnfinished)) await rm(left, { force: true });
  const older = all.filter((old) => !isUnfinished(old));
  const keep = Math.max(0, filesMax - 2);
  for (const old of older.slice(0, Math.max(0, older.length - keep)))
    await rm(old, { force: true });
  for (const old of older.slice(-keep || older.length))
    if (!old.endsWith('.gz')) await compress(old);
  const name = new Date(now).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const free = older.some((old) => old.startsWith(`${path}.${name}`))
    ? `${name}.${now % 1000}`
    : name;
  await rename(path, `${path}.${free}`);
  return true;
}

/** What rotation made of a log, the oldest first. */
export async function rotatedLogs(path: string): Promise<string[]> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => join(folder, name));
}

function isUnfinished(path: string): boolean {
  return path.endsWith(UNFINISHED);
}

async function compress(path: string): Promise<void> {
  // Under another name until it is whole; the next rotation removes what a crash leaves.
  const unfinished = `${path}${UNFINISHED}`;
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished));
  await rename(unfinished, `${path}.gz`);
  await rm(path, { force: true });
}
