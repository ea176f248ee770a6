import { expect, test } from 'vitest';
import { FutureRevisionError, type Store } from '../store.ts';
import { del, put, type SuiteValue, texts, write } from './subject.ts';

/** What `range` and `count` promise. */
export function rangeCases(get: () => Store<SuiteValue>): void {
  test('range: byte order of keys under the prefix, and no others', async () => {
    const store = get();
    const keys = ['/a/z', '/a/B', '/a/é', '/a/\uffee', '/a/\u{1f600}', '/a/b/c', '/a', '/ab', '/b'];
    for (const key of keys) await write(store, put(key, ''));
    const inOrder = ['/a/B', '/a/b/c', '/a/z', '/a/é', '/a/\uffee', '/a/\u{1f600}'];
    expect((await store.range('/a/')).items.map(({ key }) => key)).toEqual(inOrder);
    expect(await store.count('/a/')).toBe(inOrder.length);
    expect((await store.range('/ab')).items.map(({ key }) => key)).toEqual(['/ab']);
    expect((await store.range('/none')).items).toEqual([]);
    expect(await store.count('/none')).toBe(0);
    expect(await store.count('/')).toBe(keys.length);
  });

  test('range: limit and from page through, telling how many remain', async () => {
    const store = get();
    for (let i = 0; i < 7; i++) await write(store, put(`/p/${i}`, ''));
    await write(store, put('/q/0', ''));
    const first = await store.range('/p/', { limit: 3 });
    expect(first.items.map(({ key }) => key)).toEqual(['/p/0', '/p/1', '/p/2']);
    expect(first).toMatchObject({ remaining: 4, revision: store.revision });
    const second = await store.range('/p/', { limit: 3, from: '/p/2\0' });
    expect(second.items.map(({ key }) => key)).toEqual(['/p/3', '/p/4', '/p/5']);
    expect(second.remaining).toBe(1);
    const third = await store.range('/p/', { limit: 3, from: '/p/6' });
    expect(third).toMatchObject({ items: [{ key: '/p/6' }], remaining: 0 });
    const all = await store.range('/p/', { limit: 0 });
    expect([all.items.length, all.remaining]).toEqual([7, 0]);
    const exact = await store.range('/p/', { limit: 7 });
    expect([exact.items.length, exact.remaining]).toEqual([7, 0]);
  });

  test('range: at an older revision', async () => {
    const store = get();
    const empty = store.revision;
    const first = await write(store, put('/p/a', '1'), put('/p/b', '1'));
    const second = await write(store, put('/p/a', '2'), put('/p/c', '2'));
    const third = await write(store, del('/p/b'));
    await write(store, put('/p/b', '4'), put('/other', '4'));
    const at = async (revision: number, options = {}) =>
      texts((await store.range('/p/', { revision, ...options })).items);
    expect(await at(empty)).toEqual([]);
    expect(await at(first)).toEqual(['/p/a=1', '/p/b=1']);
    expect(await at(second)).toEqual(['/p/a=2', '/p/b=1', '/p/c=2']);
    expect(await at(third)).toEqual(['/p/a=2', '/p/c=2']);
    expect(await at(store.revision)).toEqual(['/p/a=2', '/p/b=4', '/p/c=2']);
    expect((await store.range('/p/', { revision: first })).revision).toBe(first);
    expect(await at(second, { from: '/p/b' })).toEqual(['/p/b=1', '/p/c=2']);
    const page = await store.range('/p/', { revision: second, limit: 1 });
    expect([texts(page.items), page.remaining]).toEqual([['/p/a=2'], 2]);
    expect((await store.range('/p/', { revision: first })).items[0]).toMatchObject({
      createRevision: first,
      modRevision: first,
    });
  });

  test('range, watch, compact: of a revision that is yet to come', async () => {
    const store = get();
    const revision = store.revision + 1;
    await expect(store.range('/', { revision })).rejects.toThrow(FutureRevisionError);
    expect(() => store.watch('/', revision)).toThrow(FutureRevisionError);
    await expect(store.compact(revision)).rejects.toThrow(FutureRevisionError);
  });
}
