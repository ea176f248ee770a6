import type { KeyValue } from '../../storage/store.ts';
import { type Codec, StoreError } from '../../storage/store.ts';

/**
 * How the state lies in LevelDB:
 *
 * | key | value |
 * |---|---|
 * | `!format` | `2`; in format 1 no value was encrypted |
 * | `!revision` | the newest revision, decimal |
 * | `k` + key | header, then the value as the codec encodes it |
 *
 * The header is a byte that is 1, then createRevision and modRevision as 48-bit integers, big
 * endian.
 */
export const FORMAT_KEY = '!format';
export const FORMAT = '2';
/** Read as they are; the store is of the present format from then on. */
export const OLDER_FORMATS: readonly string[] = ['1'];
export const REVISION_KEY = '!revision';
export const ITEM_PREFIX = 'k';
/** The least key after all items. */
export const ITEMS_END = 'l';

const HEADER_VERSION = 1;
const REVISION_BYTES = 6;
const HEADER_BYTES = 1 + 2 * REVISION_BYTES;

/** An item as LevelDB keeps it. */
export function encodeItem<V>(codec: Codec<V>, item: KeyValue<V>): Buffer {
  const value = codec.encode(item.value, item.key);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + value.length);
  bytes[0] = HEADER_VERSION;
  bytes.writeUIntBE(item.createRevision, 1, REVISION_BYTES);
  bytes.writeUIntBE(item.modRevision, 1 + REVISION_BYTES, REVISION_BYTES);
  bytes.set(value, HEADER_BYTES);
  return bytes;
}

/**
 * The item that {@link encodeItem} made; its value may share memory with `bytes`.
 *
 * @throws StoreError when the bytes are not an item
 */
export function decodeItem<V>(codec: Codec<V>, key: string, bytes: Buffer): KeyValue<V> {
  const { header, value: encoded } = splitItem(key, bytes);
  const createRevision = header.readUIntBE(1, REVISION_BYTES);
  const modRevision = header.readUIntBE(1 + REVISION_BYTES, REVISION_BYTES);
  const value = codec.decode(encoded, modRevision, key);
  return { key, value, createRevision, modRevision };
}

/**
 * The parts of an item as LevelDB keeps it; they share its memory.
 *
 * @throws StoreError when the bytes are not an item
 */
export function splitItem(key: string, bytes: Buffer): { header: Buffer; value: Buffer } {
  if (bytes.length < HEADER_BYTES || bytes[0] !== HEADER_VERSION)
    throw new StoreError(`the stored value of ${key} is damaged`);
  return { header: bytes.subarray(0, HEADER_BYTES), value: bytes.subarray(HEADER_BYTES) };
}

/** @throws StoreError when `text` is not a revision */
export function parseRevision(text: string): number {
  const revision = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision) || revision < 1)
    throw new StoreError(`the stored revision is damaged: ${JSON.stringify(text)}`);
  return revision;
}
