import { describe, expect, it } from 'vitest';
import { hostClock } from './clock.ts';
import { hostLog } from './log.ts';
import { hostPrng } from './prng.ts';
import { parseStat } from './process-stat.ts';

describe('hostClock', () => {
  it('fires in order and not before its time', async () => {
    const begin = hostClock.monotonic();
    const fired: string[] = [];
    await new Promise<void>((resolve) => {
      hostClock.timer(20, () => {
        fired.push('late');
        resolve();
      });
      hostClock.timer(5, () => fired.push('early'));
      hostClock.timer(1, () => fired.push('never')).cancel();
    });
    expect(fired).toEqual(['early', 'late']);
    expect(hostClock.monotonic() - begin).toBeGreaterThanOrEqual(19);
  });
});

describe('hostPrng', () => {
  it('draws from [0, 1)', () => {
    const prng = hostPrng();
    const draws = Array.from({ length: 1000 }, () => prng.next());
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    expect(new Set(draws).size).toBe(1000);
  });
});

describe('hostLog', () => {
  it('writes lines with level, time and all fields', () => {
    const lines: string[] = [];
    const log = hostLog('info', { write: (line) => void lines.push(line) });
    log.with({ part: 'a' }).warn('slow', { delayMs: 3 });
    log.debug('not written');
    const { time, ...rest } = JSON.parse(lines.join(''));
    expect(rest).toEqual({ level: 'warn', part: 'a', delayMs: 3, msg: 'slow' });
    expect(time).toMatch(/^\d{4}-/);
  });
});

describe('parseStat', () => {
  it('reads a line whose name has blanks and brackets', () => {
    const rest = 'Z 1 7 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1000 1';
    expect(parseStat(`42 (a) b (c) ${rest}\n`)).toEqual({
      pid: 42,
      parent: 1,
      session: 9,
      zombie: true,
      startTicks: 12345,
    });
  });

  it('answers null for anything else', () => expect(parseStat('')).toBeNull());
});
