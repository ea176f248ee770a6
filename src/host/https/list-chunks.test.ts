import { expect, test } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { ChunkBuffer, type ListBody, listBytes, listChunks } from './list-chunks.ts';

const virtual = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
let workedMs = 0;
const clock: Clock = {
  now: () => virtual.now(),
  monotonic: () => virtual.monotonic() + workedMs,
  timer: (delayMs, fire) => virtual.timer(delayMs, fire),
};

/** A list whose items take a millisecond each to be encoded. */
function slowList(count: number): { readonly list: ListBody; readonly made: number[] } {
  const made: number[] = [];
  const items = Array.from({ length: count }, (_, index) => ({
    object: {},
    get json() {
      workedMs++;
      made.push(index);
      return Buffer.from(`{"index":${index}}`);
    },
  }));
  const list = { type: 'list' as const, kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
  return { list, made };
}

test('listChunks: encodes a few items at a time, and others run between', async () => {
  const { list, made } = slowList(10);
  const first = listChunks(clock, list).next();
  const seen: number[] = [];
  virtual.timer(0, () => seen.push(made.length));
  await virtual.advance(0);
  expect(seen[0]).toBeLessThan(10);
  const { value } = await first;
  const text = Buffer.concat(value as Uint8Array[]).toString();
  expect(JSON.parse(text).items).toEqual(list.items.map((_, index) => ({ index })));
});

test('listBytes: reckons in slices what listChunks makes', async () => {
  const { list, made } = slowList(10);
  const reckoning = listBytes(clock, list);
  expect(made.length).toBeLessThan(10);
  await virtual.advance(0);
  const writing = listChunks(clock, list).next();
  await virtual.advance(0);
  const { value } = await writing;
  expect(Buffer.concat(value as Uint8Array[]).length).toBe(await reckoning);
});

test('ChunkBuffer: joins in the same memory, and in more where it is too small', () => {
  const buffer = new ChunkBuffer();
  const [ab, c] = [Buffer.from('ab'), Buffer.from('c')];
  expect(Buffer.from(buffer.join([ab, c])).toString()).toBe('abc');
  const again = buffer.join([c]);
  expect(Buffer.from(again).toString()).toBe('c');
  expect(Buffer.from(buffer.join([ab, ab, ab])).toString()).toBe('ababab');
  expect(Buffer.from(again).toString()).toBe('c');
});
