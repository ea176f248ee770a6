import { describe, expect, it } from 'vitest';
import { compareShare, describeShare, missingShares } from './baseline.ts';

describe('compareShare', () => {
  it.each([
    { case: 'as before', share: 0.3, passed: true },
    { case: 'faster', share: 0.9, passed: true },
    { case: 'a third less', share: 0.2, passed: true },
    { case: 'more than a third less', share: 0.199, passed: false },
    { case: 'not a number', share: Number.NaN, passed: false },
  ])('$case: passed is $passed', ({ share, passed }) => {
    const comparison = compareShare('get', share, { get: 0.3 });
    expect(comparison).toEqual({ name: 'get', share, baseline: 0.3, passed });
  });

  it('fails what the baseline does not have', () => {
    expect(compareShare('get', 0.3, {})).toMatchObject({ baseline: null, passed: false });
  });
});

describe('missingShares', () => {
  it('names what is measured no more', () => {
    expect(missingShares(['get'], { get: 0.3, list: 0.5 })).toEqual(['list']);
  });
});

describe('describeShare', () => {
  it('says what was and what is', () => {
    const comparison = compareShare('get', 0.1, { get: 0.3 });
    expect(describeShare(comparison)).toBe('FAIL get: 0.100 of the limit, baseline 0.300');
  });
});
