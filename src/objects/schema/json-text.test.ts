import { describe, expect, test } from 'vitest';
import { countKeys, findDuplicates, JsonTextError, parseJson } from './json-text.ts';

describe('parseJson: complaints in the words of Go', () => {
  test.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":', 'unexpected end of JSON input'],
    ['{"a', 'unexpected end of JSON input'],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['["\n"]', "invalid character '\\n' in string literal"],
    ['["\\x"]', "invalid character 'x' in string escape code"],
    [`${'['.repeat(1001)}${']'.repeat(1001)}`, 'exceeded max depth'],
  ])('%j', (text, message) => {
    expect(() => parseJson(text)).toThrow(JsonTextError);
    expect(() => parseJson(text)).toThrow(message);
  });

  test('brackets within strings are no depth', () => {
    expect(parseJson(`["${'['.repeat(2000)}\\""]`)).toHaveLength(1);
  });
});

test('countKeys, findDuplicates: see names that stand twice, not what looks like names', () => {
  const text = '{"a":{"b" : 1,"b":2},"c":["a:",{"d":"\\\\","d":"}"}],"a":{"e":"\\"e\\":"}}';
  expect(countKeys(text)).toBe(8);
  expect(findDuplicates(text)).toEqual(['a.b', 'c[1].d', 'a']);
});
