import { describe, expect, test } from 'vitest';
import { humanAge, humanDuration } from './human-duration.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('humanDuration', () => {
  test.each([
    [-3 * S, '<invalid>'],
    [-1.5 * S, '0s'],
    [0, '0s'],
    [999, '0s'],
    [1 * S, '1s'],
    [70 * S, '70s'],
    [119 * S + 999, '119s'],
    [2 * M, '2m'],
    [190 * S, '3m10s'],
    [10 * M, '10m'],
    [70 * M, '70m'],
    [179 * M, '179m'],
    [3 * H, '3h'],
    [3 * H + 10 * M, '3h10m'],
    [8 * H + 59 * M, '8h'],
    [47 * H, '47h'],
    [48 * H, '2d'],
    [49 * H, '2d1h'],
    [7 * D + 23 * H, '7d23h'],
    [8 * D, '8d'],
    [8 * D + 23 * H, '8d'],
    [365 * D, '365d'],
    [2 * 365 * D, '2y'],
    [3 * 365 * D + D, '3y1d'],
    [8 * 365 * D + 364 * D, '8y'],
  ])('%i ms is %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});

describe('humanAge', () => {
  test('counts from the timestamp', () => {
    expect(humanAge('2026-01-02T03:04:05Z', Date.parse('2026-01-02T03:05:05Z'))).toBe('60s');
  });
  test('no timestamp is unknown', () => {
    expect(humanAge(undefined, 0)).toBe('<unknown>');
    expect(humanAge(null, 0)).toBe('<unknown>');
  });
});
