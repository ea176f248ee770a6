import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkKey, compareKeys, sortable } from './key-order.ts';
import { OrderedIndex } from './ordered-index.ts';
import { StoreError } from './store.ts';

// Characters on both sides of everything that orders differently in UTF-8 and in UTF-16.
const character = fc.constantFrom('/', 'a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}');
const key = fc.string({ unit: character, minLength: 1, maxLength: 4 });

describe('key order', () => {
  test('compareKeys: as the bytes of UTF-8', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b))).toBe(bytes);
      }),
    );
  });

  test('sortable: keeps prefixes, and is the key itself for usual keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(sortable(a + b).startsWith(sortable(a))).toBe(true);
      }),
    );
    expect(sortable('/registry/pods/default/web-1')).toBe('/registry/pods/default/web-1');
  });

  test.each([
    ['a usual key', '/registry/pods/default/web', true],
    ['emoji', '/\u{1f600}', true],
    ['nothing', '', false],
    ['the first half of a pair', '/\ud83d', false],
    ['the second half of a pair', '/\ude00x', false],
  ])('checkKey: %s', (_, text, isFine) => {
    if (isFine) checkKey(text);
    else expect(() => checkKey(text)).toThrow(StoreError);
  });
});

describe('OrderedIndex', () => {
  const inRange = (model: ReadonlyMap<string, number>, prefix: string, from: string) =>
    [...model.keys()]
      .filter((text) => text.startsWith(prefix) && compareKeys(text, from) >= 0)
      .sort(compareKeys)
      .map((text) => model.get(text));

  test('is a sorted map', () => {
    const step = fc.record({ key, isDelete: fc.boolean(), prefix: key, from: key });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(5), (steps, limit) => {
        const index = new OrderedIndex<number>();
        const model = new Map<string, number>();
        for (const [i, next] of steps.entries()) {
          if (next.isDelete) {
            index.delete(next.key);
            model.delete(next.key);
          } else {
            index.set(next.key, i);
            model.set(next.key, i);
          }
          const all = inRange(model, next.prefix, next.from);
          expect(index.range(next.prefix, next.from, limit)).toEqual({
            items: all.slice(0, limit),
            remaining: Math.max(0, all.length - limit),
          });
          expect(index.count(next.prefix)).toBe(inRange(model, next.prefix, '').length);
        }
      }),
    );
  });

  test.each([
    ['in order', (i: number) => i],
    ['in reverse', (i: number) => 5_000 - i],
    ['scattered', (i: number) => (i * 2_711) % 5_000],
  ])('many keys inserted %s: leaves split and merge', (_, place) => {
    const index = new OrderedIndex<number>();
    const model = new Map<string, number>();
    const name = (i: number) => `/${i % 7}/${String(place(i)).padStart(5, '0')}`;
    const check = () => {
      for (const prefix of ['', '/', '/3/', '/3/01', '/9/']) {
        const all = inRange(model, prefix, '');
        expect(index.range(prefix, '', Number.POSITIVE_INFINITY).items).toEqual(all);
        expect(index.count(prefix)).toBe(all.length);
      }
      const page = index.range('/', '/4/02500', 700);
      expect(page.items).toEqual(inRange(model, '/', '/4/02500').slice(0, 700));
    };
    for (let i = 0; i < 5_000; i++) {
      index.set(name(i), i);
      model.set(name(i), i);
    }
    check();
    for (let i = 0; i < 5_000; i++) {
      if (i % 100 === 0) continue;
      index.delete(name(i));
      model.delete(name(i));
    }
    check();
    for (let i = 0; i < 5_000; i++) index.delete(name(i));
    expect(index.count('')).toBe(0);
  });
});
