import type { EncodedObject, ResponseBody } from '../../apiserver/handler.ts';
import type { Clock } from '../../base/clock.ts';
import { type Asker, Slices } from '../../base/slices.ts';

/** Bytes that go out in one write: one item more at most. */
const CHUNK_BYTES = 256 * 1024;

export type ListBody = Extract<ResponseBody, { type: 'list' }>;
export type TableBody = Extract<ResponseBody, { type: 'table' }>;

const COMMA = Buffer.from(',');
const LIST_END = Buffer.from(']}\n');

/** How many bytes {@link listChunks} makes of a list, whose items keep their JSON. */
export async function listBytes(clock: Clock, list: ListBody, asker?: Asker): Promise<number> {
  const slices = new Slices(clock, asker);
  let bytes = headOf(list).length + LIST_END.length + Math.max(0, list.items.length - 1);
  for (const item of list.items) {
    bytes += item.json.length;
    if (slices.isOver) await slices.pause();
  }
  return bytes;
}

/**
 * The bytes of a list or table, spliced from its items: pieces in groups of a good size for a write.
 * Made in slices: the first time an item is asked for its JSON, that may have to be made.
 */
export async function* listChunks(
  clock: Clock,
  list: ListBody | TableBody,
  asker?: Asker,
): AsyncGenerator<readonly Uint8Array[]> {
  const slices = new Slices(clock, asker);
  let parts: Uint8Array[] = [headOf(list)];
  let bytes = 0;
  for (const [index, item] of itemsOf(list).entries()) {
    const { json } = item;
    if (index > 0) parts.push(COMMA);
    parts.push(json);
    bytes += json.length;
    if (bytes >= CHUNK_BYTES) {
      yield parts;
      parts = [];
      bytes = 0;
    }
    if (slices.isOver) await slices.pause();
  }
  parts.push(LIST_END);
  yield parts;
}

/**
 * Puts pieces together in memory that is used again and again: fresh memory for each chunk of a
 * long list takes the kernel, and the garbage collector, longer than the copying.
 */
export class ChunkBuffer {
  #buffer = Buffer.alloc(0);

  /** The pieces as one, good until the next call. */
  join(parts: readonly Uint8Array[]): Uint8Array {
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    let at = 0;
    for (const part of parts) {
      this.#buffer.set(part, at);
      at += part.length;
    }
    return this.#buffer.subarray(0, bytes);
  }
}

function itemsOf(list: ListBody | TableBody): readonly EncodedObject[] {
  return list.type === 'table' ? list.rows : list.items;
}

function headOf(list: ListBody | TableBody): Buffer {
  if (list.type === 'table') return spliced(list.head, 'rows');
  const { kind, apiVersion, metadata } = list;
  return spliced({ kind, apiVersion, metadata }, 'items');
}

function spliced(head: object, name: string): Buffer {
  return Buffer.from(`${JSON.stringify(head).slice(0, -1)},"${name}":[`);
}
