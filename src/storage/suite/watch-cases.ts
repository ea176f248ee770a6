import { expect, test } from 'vitest';
import type { Store, Watch } from '../store.ts';
import { del, describeEvent, put, type SuiteValue, takeEvents, write } from './subject.ts';

/** What `watch` promises. */
export function watchCases(get: () => Store<SuiteValue>): void {
  eventCases(get);
  prefixCases(get);
}

function eventCases(get: () => Store<SuiteValue>): void {
  test('watch: tells what follows, with what was before', async () => {
    const store = get();
    await write(store, put('/w/a', '1'));
    const watch = store.watch('/w/', store.revision);
    expect(watch.take(10)).toEqual([]);
    const created = await write(store, put('/w/b', '2'));
    const updated = await write(store, put('/w/a', '3'));
    const deleted = await write(store, del('/w/b'));
    await write(store, put('/x', '4'));
    const events = await takeEvents(watch, 3);
    expect(events.map(describeEvent)).toEqual([
      `put /w/b=2@${created}`,
      `put /w/a=3@${updated}`,
      `delete /w/b@${deleted}`,
    ]);
    expect(events[0]?.previous).toBeNull();
    expect(events[1]?.previous).toMatchObject({ value: { text: '1' } });
    expect(events[2]).toMatchObject({ item: { modRevision: created, value: { text: '2' } } });
    expect(events[2]?.previous).toEqual(events[2]?.item);
    expect(watch.take(10)).toEqual([]);
    expect(watch.revision).toBeGreaterThanOrEqual(deleted);
    watch.close();
  });

  test('watch: from an older revision begins with the history since', async () => {
    const store = get();
    const first = await write(store, put('/w/a', '1'), put('/x/a', '1'));
    const second = await write(store, put('/w/a', '2'));
    const newer = store.watch('/w/', second);
    const older = store.watch('/w/', first - 1);
    const third = await write(store, put('/w/a', '3'));
    expect((await takeEvents(older, 3)).map(describeEvent)).toEqual([
      `put /w/a=1@${first}`,
      `put /w/a=2@${second}`,
      `put /w/a=3@${third}`,
    ]);
    expect((await takeEvents(newer, 1)).map(describeEvent)).toEqual([`put /w/a=3@${third}`]);
    older.close();
    newer.close();
  });

  test('watch: take gives about as many as asked and never part of a revision', async () => {
    const store = get();
    const watch = store.watch('/w/', store.revision);
    const first = await write(store, put('/w/a', '1'), put('/w/b', '1'), put('/w/c', '1'));
    await write(store, put('/w/a', '2'));
    await write(store, put('/w/a', '3'));
    const taken = await takeEvents(watch, 1, 2);
    expect(taken.map(({ revision }) => revision)).toEqual([first, first, first]);
    expect(watch.revision).toBe(first);
    expect(await takeEvents(watch, 2, 1)).toHaveLength(2);
    watch.close();
  });
}

function prefixCases(get: () => Store<SuiteValue>): void {
  test('watch: any string is a prefix', async () => {
    const store = get();
    const base = store.revision;
    const prefixes = ['/w/a', '/w/a/', '/w/', '/w', '/', '/w/ab'];
    const watches = prefixes.map((prefix) => store.watch(prefix, base));
    for (const key of ['/w/a', '/w/a/x', '/w/ab', '/v']) await write(store, put(key, ''));
    const seen: string[][] = [];
    for (const [i, count] of [3, 1, 3, 3, 4, 1].entries())
      seen.push((await takeEvents(watches[i]!, count)).map(({ item }) => item.key));
    expect(seen).toEqual([
      ['/w/a', '/w/a/x', '/w/ab'],
      ['/w/a/x'],
      ['/w/a', '/w/a/x', '/w/ab'],
      ['/w/a', '/w/a/x', '/w/ab'],
      ['/w/a', '/w/a/x', '/w/ab', '/v'],
      ['/w/ab'],
    ]);
    for (const watch of watches) watch.close();
  });

  test('watch: onReady is called in order of creation, when readers see the write', async () => {
    const store = get();
    const calls: string[] = [];
    const seen: Promise<unknown>[] = [];
    const prefixes = ['/w/', '/w/a', '/', '/w/'];
    const watches = prefixes.map((prefix) => store.watch(prefix, store.revision));
    for (const [i, watch] of watches.entries()) {
      watch.onReady = () => {
        calls.push(`${i}`);
        const taken = watch.take(10);
        expect(store.revision).toBeGreaterThanOrEqual(taken.at(-1)?.revision ?? 0);
        seen.push(store.get('/w/a'));
      };
    }
    await write(store, put('/w/a', '1'));
    await Promise.all(watches.map((watch) => untilRevision(watch, store.revision)));
    expect(calls).toEqual(['0', '1', '2', '3']);
    for (const item of await Promise.all(seen)) expect(item).toMatchObject({ key: '/w/a' });
    for (const watch of watches) watch.close();
  });

  test('watch: a closed one is silent', async () => {
    const store = get();
    const closed = store.watch('/w/', store.revision);
    const open = store.watch('/w/', store.revision);
    let calls = 0;
    closed.onReady = () => calls++;
    closed.close();
    closed.close();
    await write(store, put('/w/a', '1'));
    await takeEvents(open, 1);
    expect(closed.take(10)).toEqual([]);
    expect(calls).toBe(0);
    open.close();
  });

  test('watch: many on one prefix see the same, each at its own pace', async () => {
    const store = get();
    const base = store.revision;
    const watches = Array.from({ length: 20 }, () => store.watch('/w/', base));
    await Promise.all(Array.from({ length: 50 }, (_, i) => write(store, put(`/w/${i}`, ''))));
    const all: string[][] = [];
    for (const [i, watch] of watches.entries())
      all.push((await takeEvents(watch, 50, i + 1)).map(describeEvent));
    for (const events of all) expect(events).toEqual(all[0]);
    for (const watch of watches) watch.close();
  });
}

async function untilRevision(watch: Watch<SuiteValue>, revision: number): Promise<void> {
  const { onReady } = watch;
  while (watch.revision < revision) {
    await new Promise<void>((resolve) => {
      watch.onReady = () => {
        onReady?.();
        resolve();
      };
    });
  }
}
