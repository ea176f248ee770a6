import { describe, expect, test } from 'vitest';
import {
  checkFieldSelector,
  matchesFields,
  parseFieldSelector,
  pinnedName,
} from './field-selector.ts';
import { SelectorError } from './labels.ts';

const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'n' } };
const fields = () => ({ 'status.phase': 'Running', odd: 'x,y=z\\' });

describe('parseFieldSelector, matchesFields', () => {
  test.each<[string, boolean]>([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['metadata.namespace=n,status.phase=Running', true],
    ['metadata.namespace=n,status.phase!=Running', false],
    ['odd=x\\,y\\=z\\\\', true],
    ['none=', true],
    ['none!=', false],
    [',metadata.name=a,', true],
  ])('%j', (text, matches) => {
    expect(matchesFields(parseFieldSelector(text), object, fields)).toBe(matches);
  });

  test.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['b=c,a', "invalid selector: 'b=c,a'; can't understand 'a'"],
    ['a=\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  ])('refuses %j', (text, words) => {
    expect(() => parseFieldSelector(text)).toThrow(SelectorError);
    expect(() => parseFieldSelector(text)).toThrow(words);
  });
});

test('checkFieldSelector: names the field that is not supported', () => {
  const selector = parseFieldSelector('metadata.name=a,spec.x=b');
  expect(() => checkFieldSelector(selector, { fieldNames: ['spec.y'] })).toThrow(
    'field label not supported: spec.x',
  );
  expect(() => checkFieldSelector(selector, {})).toThrow(
    '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  );
  expect(() => checkFieldSelector(selector, { fieldNames: ['spec.x'] })).not.toThrow();
});

test('pinnedName: only by equality', () => {
  expect(pinnedName(parseFieldSelector('metadata.name=a'))).toBe('a');
  expect(pinnedName(parseFieldSelector('metadata.name!=a'))).toBeUndefined();
});
