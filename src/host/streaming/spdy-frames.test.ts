import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROL, controlFrame, dataFrame, FIN, FrameReader, words } from './spdy-frames.ts';
import { HeaderPacker, HeaderUnpacker } from './spdy-headers.ts';

type Seen = ['data', number, string, boolean] | ['control', number, number, string];

function read(chunks: readonly Buffer[]): Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader({
    data(id, bytes, isLast) {
      const before = seen.at(-1);
      // Pieces of one stream that follow each other count as one.
      if (before?.[0] === 'data' && before[1] === id && !before[3]) {
        before[2] += bytes.toString('hex');
        before[3] = isLast;
      } else seen.push(['data', id, bytes.toString('hex'), isLast]);
    },
    control: (type, flags, body) => seen.push(['control', type, flags, body.toString('hex')]),
  });
  for (const chunk of chunks) reader.read(chunk);
  return seen;
}

describe('FrameReader', () => {
  it('reads the first stream of kubectl 1.27 exec', () => {
    const bytes = Buffer.from(
      '80030001000000290000000100000000000078f9e3c6a7c26260606004a7b392a2d4c45c' +
        '6851c29a0a0a6800000000ffff',
      'hex',
    );
    const [frame] = read([bytes]);
    expect(frame?.slice(0, 3)).toEqual(['control', CONTROL.synStream, 0]);
    const body = Buffer.from(String(frame?.[3]), 'hex');
    expect(body.readUInt32BE(0)).toBe(1);
    expect(new HeaderUnpacker().unpack(body.subarray(10))).toEqual({ streamtype: 'error' });
  });

  it('reads what was written, however it is cut', () => {
    const frame = fc.oneof(
      fc
        .record({ id: fc.nat(0x7fffffff), bytes: fc.uint8Array({ maxLength: 40 }) })
        .map(({ id, bytes }) => dataFrame(id, bytes, true)),
      fc
        .record({ type: fc.integer({ min: 1, max: 9 }), value: fc.nat(0x7fffffff) })
        .map(({ type, value }) => controlFrame(type, FIN, words(value))),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(12)), (frames, cuts) => {
        const whole = Buffer.concat(frames);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(whole.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(whole.subarray(at));
        expect(read(chunks)).toEqual(frames.flatMap((each) => read([each])));
      }),
    );
  });

  it.each([
    ['another version', Buffer.from('8002000100000000', 'hex'), 'not SPDY/3.1'],
    ['a control frame beyond all measure', Buffer.from('8003000100ffffff', 'hex'), 'too large'],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => read([bytes])).toThrow(message);
  });

  it('never does worse than refuse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          read([Buffer.from(bytes)]);
        } catch (error) {
          expect(String(error)).toMatch(/SPDY/);
        }
      }),
    );
  });
});

describe('headers', () => {
  it('of several frames are one stream, both ways', () => {
    const packer = new HeaderPacker();
    const unpacker = new HeaderUnpacker();
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z-]{1,9}$/), fc.string()), (headers) => {
        const packed = packer.pack(headers);
        expect(packed.subarray(-4).toString('hex')).toBe('0000ffff');
        expect(unpacker.unpack(packed)).toEqual({ ...headers });
      }),
    );
  });

  it('are refused when they are none', () => {
    expect(() => new HeaderUnpacker().unpack(Buffer.from('no zlib'))).toThrow('bad SPDY headers');
    const unpacker = new HeaderUnpacker();
    const block = new HeaderPacker().pack({ a: 'b'.repeat(100_000) });
    expect(block.length).toBeLessThan(1_000);
    expect(() => unpacker.unpack(block)).toThrow('too many SPDY headers');
  });
});
