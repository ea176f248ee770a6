import { describe, expect, it } from 'vitest';
import { type Figure, limitRatio, medianBy, quantile, toMarkdown, verdict } from './figures.ts';

const RATE: Figure = { scenario: 's', name: 'get', value: 6_000, unit: '/s', limit: 'get' };
const TIME: Figure = { scenario: 's', name: 'list', value: 18, unit: 'ms', limit: 'list2000' };

describe('quantile', () => {
  it.each([
    { q: 0.5, value: 2 },
    { q: 0.99, value: 4 },
    { q: 0.25, value: 1 },
  ])('$q by the nearest rank', ({ q, value }) => {
    expect(quantile([4, 1, 3, 2], q)).toBe(value);
  });
});

describe('medianBy', () => {
  it('takes the round in the middle', () => {
    expect(medianBy([{ ms: 9 }, { ms: 1 }, { ms: 5 }], ({ ms }) => ms)).toEqual({ ms: 5 });
  });
});

describe('limitRatio', () => {
  it('of a rate: how much more the machine does', () => {
    expect(limitRatio(RATE, new Map([['get', 9_000]]))).toBe(1.5);
  });

  it('of a time: how much longer it takes', () => {
    expect(limitRatio(TIME, new Map([['list2000', 12]]))).toBe(1.5);
  });

  it('is null where no limit was measured', () => {
    expect(limitRatio(TIME, new Map())).toBeNull();
  });
});

describe('verdict', () => {
  it.each([
    { case: 'the goal is met', goal: '> 5000', limit: 9_000, expected: 'yes' },
    { case: 'the limit forbids it', goal: '> 9500', limit: 9_000, expected: 'within the limit' },
    { case: 'too far from the limit', goal: '> 9500', limit: 9_400, expected: 'no' },
    { case: 'the machine allows it', goal: '> 7000', limit: 8_000, expected: 'no' },
  ])('$expected where $case', ({ goal, limit, expected }) => {
    expect(verdict({ ...RATE, goal }, new Map([['get', limit]]))).toBe(expected);
  });

  it('no where a goal is missed and no limit is known', () => {
    expect(verdict({ ...TIME, goal: '< 15' }, new Map())).toBe('no');
  });

  it('null where nothing is asked', () => {
    expect(verdict(RATE, new Map())).toBeNull();
  });
});

describe('toMarkdown', () => {
  it('has a row for each figure, with its limit and the CPU of both sides', () => {
    const figure = { ...TIME, goal: '< 15', cpuMs: 20, clientCpuMs: 0.5, loopP99Ms: 3 };
    const rows = toMarkdown([figure], new Map([['list2000', 14]])).split('\n');
    expect(rows).toHaveLength(3);
    expect(rows[2]).toBe(
      "| s | list | 18.0 ms | < 15 | no |  | 14.0 ms: bare HTTPS, a list's bytes | 1.29 " +
        '| 20.000 ms | 0.500 ms | 3.00 ms |',
    );
  });
});
