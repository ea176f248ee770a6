import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { StoreError } from '../../storage/store.ts';

/**
 * A backup file: the magic line; for each entry of the database the lengths of key and value
 * (32 bits each, big endian), key, value; the end mark in place of a key's length; the SHA-256 of
 * all that.
 */
export const MAGIC = Buffer.from('proa-store-backup 1\n');
/** No key is that long. */
export const END_MARK = Buffer.from([0xff, 0xff, 0xff, 0xff]);
/** The digest at the end of the file. */
export const HASH = 'sha256';
const HASH_BYTES = 32;
const LENGTHS_BYTES = 8;

export type BackupEntry = readonly [key: string, value: Buffer];

/** One entry's bytes. */
export function encodeEntry(key: string, value: Buffer): Buffer {
  const keyBytes = Buffer.from(key);
  const lengths = Buffer.allocUnsafe(LENGTHS_BYTES);
  lengths.writeUInt32BE(keyBytes.length, 0);
  lengths.writeUInt32BE(value.length, 4);
  return Buffer.concat([lengths, keyBytes, value]);
}

/** @throws StoreError when `file` is not a whole and undamaged backup */
export async function verifyBackup(file: string): Promise<void> {
  const size = await fileSize(file);
  const bodyBytes = size - HASH_BYTES;
  if (bodyBytes < MAGIC.length + END_MARK.length) throw damaged(file, 'it is too short');
  const hash = createHash(HASH);
  let start = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { end: bodyBytes - 1 })) {
    if (start.length < MAGIC.length) start = Buffer.concat([start, chunk as Buffer]);
    hash.update(chunk as Buffer);
  }
  if (!start.subarray(0, MAGIC.length).equals(MAGIC))
    throw new StoreError(`${file} is not a backup of a store`);
  const digest: Buffer[] = [];
  for await (const chunk of createReadStream(file, { start: bodyBytes }))
    digest.push(chunk as Buffer);
  if (!hash.digest().equals(Buffer.concat(digest))) throw damaged(file, 'its checksum differs');
}

/**
 * The entries of a backup that was verified, a few hundred kilobytes at a time.
 *
 * @throws StoreError when the entries do not end where the file does
 */
export async function* readEntries(file: string): AsyncGenerator<BackupEntry[]> {
  const end = (await fileSize(file)) - HASH_BYTES - 1;
  let rest: Buffer = Buffer.alloc(0);
  const stream = createReadStream(file, { start: MAGIC.length, end, highWaterMark: 256 * 1024 });
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    const { entries, used } = decodeEntries(bytes);
    rest = bytes.subarray(used);
    if (entries.length > 0) yield entries;
  }
  if (!rest.equals(END_MARK)) throw damaged(file, 'it ends within an entry');
}

function decodeEntries(bytes: Buffer): { entries: BackupEntry[]; used: number } {
  const entries: BackupEntry[] = [];
  let used = 0;
  while (used + LENGTHS_BYTES <= bytes.length) {
    const keyEnd = used + LENGTHS_BYTES + bytes.readUInt32BE(used);
    const valueEnd = keyEnd + bytes.readUInt32BE(used + 4);
    if (valueEnd > bytes.length) break;
    entries.push([
      bytes.toString('utf8', used + LENGTHS_BYTES, keyEnd),
      bytes.subarray(keyEnd, valueEnd),
    ]);
    used = valueEnd;
  }
  return { entries, used };
}

async function fileSize(file: string): Promise<number> {
  try {
    const handle = await open(file, 'r');
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new StoreError(`cannot read the backup ${file}: ${String(error)}`, { cause: error });
  }
}

function damaged(file: string, reason: string): StoreError {
  return new StoreError(`the backup ${file} is damaged: ${reason}`);
}
