import { expect, test } from 'vitest';
import { parseDuration } from './parse-duration.ts';

test.each<[string, number | null]>([
  ['200ms', 200],
  ['1.5s', 1_500],
  ['1m30s', 90_000],
  ['2h', 7_200_000],
  ['.5s', 500],
  ['1500us', 1.5],
  ['0', 0],
  ['0s', 0],
  ['', null],
  ['5', null],
  ['-1s', null],
  ['1 s', null],
  ['1s ', null],
  ['1d', null],
  ['1..5s', null],
  ['s', null],
])('%j is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
