import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../meta.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { PatchError } from './patch-error.ts';

describe('jsonPatch', () => {
  const good: [string, unknown, unknown[], unknown][] = [
    ['add a field', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['add replaces', { a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
    ['add into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['add at the end', { a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    ['add at the length', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
    ['remove', { a: [1, 2] }, [{ op: 'remove', path: '/a/0' }], { a: [2] }],
    ['remove from the end', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    [
      'replace',
      { a: { b: 1 } },
      [{ op: 'replace', path: '/a/b', value: null }],
      { a: { b: null } },
    ],
    ['replace all', { a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
    ['move', { a: 1 }, [{ op: 'move', from: '/a', path: '/b' }], { b: 1 }],
    [
      'copy',
      { a: [1] },
      [
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'add', path: '/b/-', value: 2 },
      ],
      { a: [1], b: [1, 2] },
    ],
    ['test', { a: { b: [1] } }, [{ op: 'test', path: '/a', value: { b: [1] } }], { a: { b: [1] } }],
    ['test: missing is null', {}, [{ op: 'test', path: '/a', value: null }], {}],
    [
      'escapes',
      { 'a/b': { '~': 1 } },
      [{ op: 'replace', path: '/a~1b/~0', value: 2 }],
      { 'a/b': { '~': 2 } },
    ],
  ];
  test.each(good)('%s', (_, target, patch, expected) => {
    expect(jsonPatch(deepFreeze(target), patch)).toEqual(expected);
  });

  const bad: [string, unknown, PatchError['type']][] = [
    ['no list', {}, 'BadRequest'],
    ['no operation', [1], 'BadRequest'],
    ['no path', [{ op: 'add' }], 'Unprocessable'],
    ['no value', [{ op: 'add', path: '/x' }], 'Unprocessable'],
    ['unknown operation', [{ op: 'x', path: '/a' }], 'Unprocessable'],
    ['relative path', [{ op: 'remove', path: 'a' }], 'Unprocessable'],
    ['test fails', [{ op: 'test', path: '/a', value: 2 }], 'Unprocessable'],
    ['remove what is missing', [{ op: 'remove', path: '/x' }], 'Unprocessable'],
    ['replace what is missing', [{ op: 'replace', path: '/x', value: 1 }], 'Unprocessable'],
    ['add below what is missing', [{ op: 'add', path: '/x/y', value: 1 }], 'Unprocessable'],
    ['add outside a list', [{ op: 'add', path: '/l/3', value: 1 }], 'Unprocessable'],
    ['move into itself', [{ op: 'move', from: '/l', path: '/l/0' }], 'Unprocessable'],
    [
      'through the prototype',
      [{ op: 'add', path: '/constructor/prototype/x', value: 1 }],
      'Unprocessable',
    ],
    ['too many', new Array(10_001).fill({ op: 'test', path: '/a', value: 1 }), 'TooLarge'],
    [
      'copies that grow',
      [
        { op: 'add', path: '/b', value: 'x'.repeat(1e6) },
        ...new Array(4).fill({ op: 'copy', from: '/b', path: '/l/-' }),
      ],
      'Unprocessable',
    ],
  ];
  test.each(bad)('refuses: %s', (_, patch, type) => {
    let error: unknown;
    try {
      jsonPatch({ a: 1, l: [1] }, patch);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(PatchError);
    expect((error as PatchError).type).toBe(type);
  });

  test('a field called __proto__ is only a field', () => {
    const result = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { x: 1 } }]);
    expect(JSON.stringify(result)).toBe('{"__proto__":{"x":1}}');
    expect((result as { x?: number }).x).toBeUndefined();
  });
});

describe('mergePatch: the examples of RFC 7386', () => {
  test.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j', (target, patch, expected) => {
    expect(mergePatch(deepFreeze(target), deepFreeze(patch))).toEqual(expected);
  });
});
