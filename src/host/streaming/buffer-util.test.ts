import { describe, expect, it } from 'vitest';
import { mask, unmask } from './buffer-util.ts';

const KEY = Buffer.of(0x01, 0x82, 0xf3, 0x00);
const bytes = Buffer.from(Array.from({ length: 64 }, (_, at) => (at * 37) & 0xff));
const masked = bytes.map((byte, at) => byte ^ KEY[at % 4]!);

describe.each([0, 1, 2, 3, 4, 5, 63, 64])('%s bytes', (length) => {
  it.each([0, 1, 2, 3])('are masked and unmasked %s bytes into their memory', (offset) => {
    const memory = Buffer.alloc(80, 0xee);
    mask(bytes, KEY, memory, offset, length);
    expect(memory.subarray(offset, offset + length)).toEqual(masked.subarray(0, length));
    unmask(memory.subarray(offset, offset + length), KEY);
    expect(memory.subarray(offset, offset + length)).toEqual(bytes.subarray(0, length));
    expect(memory.subarray(offset + length).every((byte) => byte === 0xee)).toBe(true);
  });
});
