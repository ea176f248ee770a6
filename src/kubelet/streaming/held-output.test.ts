import { describe, expect, it } from 'vitest';
import { HELD_BYTES_MAX, HeldOutput, missedBytes } from './held-output.ts';

describe('missedBytes', () => {
  const cases: [string, string, string, boolean, string | null][] = [
    ['all, when nothing has been heard', 'a\nb\n', '', false, 'a\nb\n'],
    ['nothing, when all has been heard', 'a\nb\n', 'a\nb\n', false, ''],
    ['what came before', 'a\nb\n', 'b\n', false, 'a\n'],
    ['the beginning of a line whose end has been heard', 'abcdef\n', 'def\n', false, 'abc'],
    ['what came before a line that goes on', 'a\nb\n', 'b\nprompt: ', false, 'a\n'],
    ['no part of a broken line that has been heard', 'a\nlong', 'long and longer', false, 'a\n'],
    ['the last line without an end', 'a\nlast', '', true, 'a\nlast'],
    ['the beginning of the last line', 'a\nlast', 'st', true, 'a\nla'],
    ['unknown while the log is behind', 'a\n', 'a\nb\n', false, null],
    ['unknown while the log is ahead', 'a\nb\nc\n', 'b\n', false, null],
    ['unknown while the last line is not in the log', 'a\n', 'last', true, null],
  ];
  it.each(cases)('is %s', (_name, log, heard, hasEnded, missed) => {
    const found = missedBytes(Buffer.from(log), Buffer.from(heard), hasEnded);
    expect(found === null ? null : found.toString()).toBe(missed);
  });
});

describe('HeldOutput', () => {
  function collector() {
    const told: string[] = [];
    const write = (bytes: Uint8Array) => void told.push(Buffer.from(bytes).toString());
    return { told, write, end: () => void told.push('end') };
  }

  it('gives what came before, then what it held, then what comes', async () => {
    const sink = collector();
    const output = new HeldOutput(sink);
    output.write(Buffer.from('b'));
    expect(sink.told).toEqual([]);
    output.release(Buffer.from('a'));
    output.write(Buffer.from('c'));
    output.release(Buffer.from('too late'));
    output.end();
    await output.finish();
    expect(sink.told).toEqual(['ab', 'c', 'end']);
    expect([output.before, output.heard]).toEqual([1, 2]);
  });

  it('ends after what it held, and the rest', async () => {
    const sink = collector();
    const output = new HeldOutput(sink);
    output.write(Buffer.from('a'));
    output.end();
    await output.finish(Buffer.from('b'));
    expect(sink.told).toEqual(['a', 'b', 'end']);
  });

  it('holds no more than its bound', () => {
    const sink = collector();
    const output = new HeldOutput(sink);
    output.write(Buffer.alloc(HELD_BYTES_MAX));
    expect(output.isHolding).toBe(true);
    output.write(Buffer.from('x'));
    expect(output.isHolding).toBe(false);
    expect(sink.told[0]).toHaveLength(HELD_BYTES_MAX + 1);
  });
});
