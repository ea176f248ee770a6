import { describe, expect, it } from 'vitest';
import {
  bool,
  bytes,
  int,
  ints,
  message,
  messages,
  nested,
  string,
  stringMap,
  strings,
} from './protobuf.ts';

const Inner = message({ name: string(1), size: int(2) });
const Outer = message({
  text: string(1),
  number: int(2),
  flag: bool(3),
  data: bytes(4),
  inner: nested(5, Inner),
  list: messages(6, Inner),
  words: strings(7),
  numbers: ints(8),
  map: stringMap(20),
});

describe('message', () => {
  const cases: [string, Parameters<typeof Outer.encode>[0]][] = [
    ['nothing', {}],
    ['scalars', { text: 'ü', number: 300, flag: true, data: Uint8Array.of(0, 255) }],
    ['negative numbers', { number: -998 }],
    ['nanoseconds within a double', { number: 1_700_000_000_000_000_000 }],
    ['an empty nested message', { inner: {} }],
    ['repeated fields', { list: [{ name: 'a' }, { size: 2 }], words: ['', 'b'] }],
    ['packed numbers', { numbers: [0, 1, 128, -1] }],
    ['maps', { map: { a: '1', '': '' } }],
  ];
  it.each(cases)('decodes what it encoded: %s', (_name, value) => {
    const decoded = Outer.decode(Outer.encode(value));
    expect(Outer.encode(decoded)).toEqual(Outer.encode(value));
    expect(decoded).toMatchObject(
      value.list === undefined && value.inner === undefined ? value : {},
    );
  });

  it('writes the bytes of the specification', () => {
    expect([...message({ a: int(1) }).encode({ a: 150 })]).toEqual([0x08, 0x96, 0x01]);
    expect([...message({ b: string(2) }).encode({ b: 'testing' })]).toEqual([
      0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
    ]);
  });

  it('skips fields it does not know', () => {
    const wide = message({ a: int(1), b: string(2), c: int(3) }).encode({ a: 1, b: 'x', c: 3 });
    expect(message({ c: int(3) }).decode(wide)).toEqual({ c: 3 });
  });

  it('throws on a message cut short', () => {
    expect(() => Inner.decode(Inner.encode({ name: 'abc' }).slice(0, 3))).toThrow(RangeError);
    expect(() => Inner.decode(Uint8Array.of(0x10, 0x80))).toThrow(RangeError);
  });
});
