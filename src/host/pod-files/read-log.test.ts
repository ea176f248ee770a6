import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogReadOptions } from '../../kubelet/edges.ts';
import { hostClock } from '../clock.ts';
import { parseLogLine } from './log-line.ts';
import { readLog } from './read-log.ts';
import { rotateLog } from './rotate-log.ts';
import { tailOffset } from './tail-offset.ts';

const folder = mkdtempSync(join(tmpdir(), 'proa-log-'));
const path = join(folder, '0.log');
const never = new AbortController().signal;
const T = '2026-01-02T03:04:05.678901234Z';
const LINES = [`${T} stdout F one`, `${T} stderr F two`, `${T} stdout F `, `${T} stdout F four`];

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(options: Partial<LogReadOptions> = {}): Promise<string> {
  const all: LogReadOptions = { follow: false, timestamps: false, stream: 'all', ...options };
  const chunks: Uint8Array[] = [];
  for await (const chunk of readLog(path, all, hostClock, never, () => true)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('parseLogLine', () => {
  const bad = ['', T, `${T} stdout`, `${T} stdin F x`, `${T} stdout X x`, ' stdout F x'];
  it.each(bad)('answers null for "%s"', (line) => {
    expect(parseLogLine(Buffer.from(line))).toBeNull();
  });

  it('takes tags after the first', () => {
    expect(parseLogLine(Buffer.from(`${T} stderr P:x:y a b`))).toEqual({
      time: T,
      stream: 'stderr',
      partial: true,
      content: Buffer.from('a b'),
    });
  });
});

describe('readLog', () => {
  const cases: [string, Partial<LogReadOptions>, string][] = [
    ['all lines', {}, 'one\ntwo\n\nfour\n'],
    ['one stream', { stream: 'stderr' }, 'two\n'],
    ['timestamps', { timestamps: true, tailLines: 1 }, `${T} four\n`],
    ['a tail', { tailLines: 2 }, '\nfour\n'],
    ['a tail of nothing', { tailLines: 0 }, ''],
    ['a tail longer than the log', { tailLines: 9 }, 'one\ntwo\n\nfour\n'],
    ['a limit within a line', { limitBytes: 6 }, 'one\ntw'],
    ['since before', { since: Date.parse('2026-01-02T03:04:05Z') }, 'one\ntwo\n\nfour\n'],
    ['since after', { since: Date.parse('2026-01-02T03:04:06Z') }, ''],
  ];
  it.each(cases)('reads %s', async (_, options, text) => {
    writeFileSync(path, LINES.map((line) => `${line}\n`).join(''));
    expect(await read(options)).toBe(text);
  });

  it('joins the parts of a long line', async () => {
    const parts = ['stdout P lo', 'stderr F err', 'stdout P ng ', 'stdout F line', 'stdout F x'];
    writeFileSync(path, parts.map((part) => `${T} ${part}\n`).join(''));
    expect(await read({ stream: 'stdout' })).toBe('long line\nx\n');
    expect(await read({ stream: 'stdout', timestamps: true })).toBe(`${T} long line\n${T} x\n`);
  });

  it('reads nothing where there is no file', async () => {
    expect(await read()).toBe('');
  });

  it('leaves a half-written line out', async () => {
    writeFileSync(path, `${LINES[0]}\n${T} stdout F ha`);
    expect(await read()).toBe('one\n');
  });

  it('follows over a rotation until the container ended', async () => {
    writeFileSync(path, `${LINES[0]}\n`);
    let over = false;
    const options = { follow: true, timestamps: false, stream: 'all' } as const;
    const steps = [
      () => appendFileSync(path, `${LINES[1]}\n`),
      () => {
        appendFileSync(path, `${T} stdout F last of the old\n`);
        renameSync(path, `${path}.1`);
        writeFileSync(path, `${T} stdout F first of the new\n`);
      },
      () => {},
      () => {
        appendFileSync(path, `${T} stdout F end\n`);
        over = true;
      },
    ];
    const chunks: string[] = [];
    for await (const chunk of readLog(path, options, hostClock, never, () => over)) {
      chunks.push(Buffer.from(chunk).toString());
      steps.shift()?.();
    }
    expect(chunks.join('')).toBe('one\ntwo\nlast of the old\nfirst of the new\nend\n');
  });

  it('stops following when it is aborted', async () => {
    writeFileSync(path, `${LINES[0]}\n`);
    const abort = new AbortController();
    const options = { follow: true, timestamps: false, stream: 'all' } as const;
    for await (const _ of readLog(path, options, hostClock, abort.signal, () => false)) {
      abort.abort();
    }
    expect(abort.signal.aborted).toBe(true);
  });
});

describe('tailOffset', () => {
  it('agrees with counting lines, across chunks and partial lines', async () => {
    const lines: string[] = [];
    for (let i = 0; i < 3000; i++) {
      lines.push(`${T} stdout ${i % 7 === 3 ? 'P' : 'F'} ${'x'.repeat((i * 37) % 211)}\n`);
    }
    writeFileSync(path, lines.join(''));
    const file = await open(path);
    try {
      for (const count of [1, 2, 5, 400, 1000, 2570, 2571, 2572, 5000]) {
        let begin = lines.length;
        for (let full = 0; begin > 0; begin--) {
          if (!lines[begin - 1]!.includes(' P ') && ++full > count) break;
        }
        const expected = Buffer.byteLength(lines.slice(0, begin).join(''));
        expect([count, await tailOffset(file, count)]).toEqual([count, expected]);
      }
    } finally {
      await file.close();
    }
  });
});

describe('rotateLog', () => {
  it('leaves a small log', async () => {
    writeFileSync(path, 'x'.repeat(10));
    expect(await rotateLog(path, 10, 3, 0)).toBe(false);
  });

  it('keeps so many files, older ones compressed', async () => {
    for (let i = 0; i < 5; i++) {
      writeFileSync(path, 'x'.repeat(11));
      expect(await rotateLog(path, 10, 3, Date.UTC(2026, 0, 2, 3, 4, i))).toBe(true);
    }
    expect(readdirSync(folder).sort()).toEqual([
      '0.log.20260102-030403.gz',
      '0.log.20260102-030404',
    ]);
  });
});
