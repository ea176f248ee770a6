import { expect, test } from 'vitest';
import { CompactedError, type Store, StoreError } from '../store.ts';
import { del, describeEvent, put, type SuiteValue, takeEvents, texts, write } from './subject.ts';

/** What `compact` promises. */
export function compactionCases(get: () => Store<SuiteValue>): void {
  test('compact: what is older is gone, what is at it and after stays', async () => {
    const store = get();
    const first = await write(store, put('/c/a', '1'));
    const second = await write(store, put('/c/a', '2'));
    const third = await write(store, put('/c/a', '3'));
    await store.compact(second);
    expect(store.compactedRevision).toBe(second);
    await expect(store.range('/c/', { revision: first })).rejects.toThrow(CompactedError);
    expect(texts((await store.range('/c/', { revision: second })).items)).toEqual(['/c/a=2']);
    expect(texts((await store.range('/c/')).items)).toEqual(['/c/a=3']);
    await expect(watchFrom(store, '/c/', first - 1)).rejects.toThrow(CompactedError);
    const events = await watchFrom(store, '/c/', second);
    expect(events.map(describeEvent)).toEqual([`put /c/a=3@${third}`]);
  });

  test('compact: again or lower does nothing', async () => {
    const store = get();
    const first = await write(store, put('/c/a', '1'));
    const second = await write(store, put('/c/a', '2'));
    await store.compact(second);
    await store.compact(second);
    await store.compact(first);
    expect(store.compactedRevision).toBe(second);
  });

  test('compact: under a watch that has taken everything harms it not', async () => {
    const store = get();
    const watch = store.watch('/c/', store.revision);
    await write(store, put('/c/a', '1'));
    await takeEvents(watch, 1);
    await write(store, put('/other', ''));
    await store.compact(store.revision);
    const revision = await write(store, put('/c/a', '2'));
    const events = await takeEvents(watch, 1);
    expect(events.map(describeEvent)).toEqual([`put /c/a=2@${revision}`]);
    watch.close();
  });

  test('compact: keeps present items, also those older than it', async () => {
    const store = get();
    await write(store, put('/c/a', '1'));
    await write(store, put('/c/b', '1'));
    await write(store, del('/c/b'));
    await store.compact(store.revision);
    expect(texts((await store.range('/c/')).items)).toEqual(['/c/a=1']);
    expect((await store.range('/c/', { revision: store.revision })).items).toHaveLength(1);
  });
}

/** What `close` promises. */
export function closeCases(get: () => Store<SuiteValue>): void {
  test('close: waits for what is under way, then everything throws', async () => {
    const store = get();
    const watch = store.watch('/', store.revision);
    const pending = store.commit({ compare: [], operations: [put('/a', '1')] });
    await store.close();
    expect((await pending).succeeded).toBe(true);
    await expect(store.get('/a')).rejects.toThrow(StoreError);
    await expect(store.range('/')).rejects.toThrow(StoreError);
    await expect(store.count('/')).rejects.toThrow(StoreError);
    await expect(store.compact(1)).rejects.toThrow(StoreError);
    await expect(store.commit({ compare: [], operations: [] })).rejects.toThrow(StoreError);
    expect(() => store.watch('/', 1)).toThrow(StoreError);
    expect(() => watch.take(1)).toThrow(StoreError);
    watch.close();
    await store.close();
  });
}

/** A watch from a revision that is gone fails when it is made, or else when it is read. */
async function watchFrom(store: Store<SuiteValue>, prefix: string, afterRevision: number) {
  const watch = store.watch(prefix, afterRevision);
  return await takeEvents(watch, 1);
}
