import { describe, expect, test } from 'vitest';
import { isEqual } from './equal.ts';
import { specDiff } from './spec-diff.ts';

describe('isEqual', () => {
  test.each<[unknown, unknown, boolean]>([
    [{ a: [] }, {}, true],
    [{ a: null }, {}, true],
    [{ nodeSelector: {} }, {}, true],
    [{ emptyDir: {} }, {}, false],
    [{ a: [1, 2] }, { a: [2, 1] }, false],
    [{ a: { b: 'c' } }, { a: { b: 'c' } }, true],
    [{ a: false }, {}, false],
    [{}, { limits: { cpu: '1' } }, false],
    ['a', 'b', false],
    [[1], { 0: 1 }, false],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(isEqual(a, b)).toBe(expected);
    expect(isEqual(b, a)).toBe(expected);
  });
});

describe('specDiff', () => {
  test('shows changed leaves with their paths', () => {
    const before = { a: { b: [1, 2] }, c: 'x', d: 1 };
    const after = { a: { b: [1, 3, 4] }, d: 1, e: { f: 'g' } };
    expect(specDiff(before, after)).toBe(
      '- \ta.b[1]: 2\n+ \ta.b[1]: 3\n+ \ta.b[2]: 4\n- \tc: "x"\n+ \te: {"f":"g"}\n',
    );
  });

  test('is bounded', () => {
    const many = Array.from({ length: 500 }, (_, index) => index);
    expect(specDiff({ a: [], b: 1 }, { a: many, b: 1 }).split('\n').length).toBeLessThan(110);
    expect(specDiff({ a: many }, { a: many.map((each) => each + 1) })).toContain('900 more lines');
  });
});
