import { describe, expect, test } from 'vitest';
import { message, Path } from './field-error.ts';
import {
  everything,
  formatSelector,
  matchesLabels,
  parseSelector,
  SelectorError,
  selectorFrom,
  selectorFromMap,
  validateLabelSelector,
} from './labels.ts';

describe('parseSelector, matchesLabels', () => {
  const labels = { a: 'b', e: 'f', n: '5', empty: '' };
  const cases: [string, string, boolean][] = [
    ['', '', true],
    ['a=b', 'a=b', true],
    ['a==c', 'a==c', false],
    [' a = b , e!=f', 'a=b,e!=f', false],
    ['z!=q', 'z!=q', true],
    ['a in (b,c)', 'a in (b,c)', true],
    ['a notin (c, b)', 'a notin (b,c)', false],
    ['z notin (b)', 'z notin (b)', true],
    ['a', 'a', true],
    ['!a', '!a', false],
    ['!z,a', 'a,!z', true],
    ['n>4,n<6', 'n>4,n<6', true],
    ['a>4', 'a>4', false],
    ['empty=', 'empty=', true],
    ['empty in ()', 'empty in ()', true],
    ['a in (,b)', 'a in (,b)', true],
    ['in in (in)', 'in in (in)', false],
    ['example.com/x=y', 'example.com/x=y', false],
    ['toString', 'toString', false],
  ];
  test.each(cases)('%j', (text, formatted, matches) => {
    const selector = parseSelector(text);
    expect(formatSelector(selector)).toBe(formatted);
    expect(matchesLabels(selector, labels)).toBe(matches);
  });

  const bad: [string, string][] = [
    ['a=b,', "found '', expected: identifier after ','"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    ['_a=b', 'unable to parse requirement: <nil>: Invalid value: "_a": name part must consist of'],
    ['a=_b', 'unable to parse requirement: values[0][a]: Invalid value: "_b": a valid label must'],
    ['a>b', "for 'Gt', 'Lt' operators, the value must be an integer"],
  ];
  test.each(bad)('refuses %j', (text, words) => {
    expect(() => parseSelector(text)).toThrow(SelectorError);
    expect(() => parseSelector(text)).toThrow(words);
  });
});

test('selectorFrom: missing selects nothing, empty everything', () => {
  expect(matchesLabels(selectorFrom(undefined), {})).toBe(false);
  expect(matchesLabels(selectorFrom({}), {})).toBe(true);
  expect(matchesLabels(everything, undefined)).toBe(true);
  const selector = selectorFrom({
    matchLabels: { a: 'b' },
    matchExpressions: [
      { key: 'c', operator: 'NotIn', values: ['d'] },
      { key: 'e', operator: 'Exists' },
      { key: 'f', operator: 'DoesNotExist' },
      { key: 'g', operator: 'In', values: ['h'] },
    ],
  });
  expect(matchesLabels(selector, { a: 'b', e: '', g: 'h' })).toBe(true);
  expect(matchesLabels(selector, { a: 'b', e: '', g: 'h', f: '' })).toBe(false);
  expect(matchesLabels(selectorFromMap({ a: 'b' }), { a: 'b', c: 'd' })).toBe(true);
});

test('validateLabelSelector: names what is wrong', () => {
  const errors = validateLabelSelector(
    {
      matchLabels: { a: '_' },
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'a', operator: 'Exists', values: ['b'] },
        { key: 'a', operator: 'Eq' },
        {},
      ],
    },
    Path.of('spec', 'selector'),
  );
  expect(errors.map(message).map((text) => text.slice(0, 70))).toEqual([
    'spec.selector.matchLabels[a]: Invalid value: "_": a valid label must b',
    'spec.selector.matchExpressions[0].values: Required value: must be spec',
    'spec.selector.matchExpressions[1].values: Forbidden: may not be specif',
    'spec.selector.matchExpressions[2].operator: Invalid value: "Eq": not a',
    'spec.selector.matchExpressions[3].operator: Invalid value: "": not a v',
    'spec.selector.matchExpressions[3].key: Invalid value: "": name part mu',
    'spec.selector.matchExpressions[3].key: Invalid value: "": name part mu',
  ]);
});
