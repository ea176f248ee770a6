import { describe, expect, test } from 'vitest';
import { OverloadedError, StoreError, type StoreEvent } from './store.ts';
import { storeSuite } from './store-suite.ts';
import { del, describeEvent, put, type SuiteValue, suiteCodec, texts } from './suite/subject.ts';
import { type Journal, TwoPhaseStore } from './two-phase-store.ts';
import { HISTORY_BYTES_MAX, VersionedState } from './versioned-state.ts';

/** A disk whose writes end when the test says so. */
class HeldJournal implements Journal<SuiteValue, string> {
  readonly writes: { records: readonly string[]; revision: number }[] = [];
  isClosed = false;
  /** What the journal has after a failure; null while the disk does not let it look. */
  durable: number | null = null;
  recoveries = 0;
  pauses = 0;
  #end: { resolve: () => void; reject: (error: Error) => void } | null = null;

  prepare(events: readonly StoreEvent<SuiteValue>[]): string {
    return events.map(describeEvent).join();
  }

  write(records: readonly string[], revision: number): Promise<void> {
    expect(this.#end).toBeNull();
    this.writes.push({ records, revision });
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
  }

  async pause(): Promise<void> {
    this.pauses++;
  }

  async recover(): Promise<number> {
    this.recoveries++;
    if (this.durable === null) throw new Error('no space left');
    return this.durable;
  }

  async close(): Promise<void> {
    expect(this.#end).toBeNull();
    this.isClosed = true;
  }

  async endWrite(error?: Error): Promise<void> {
    await settle();
    const end = this.#end!;
    this.#end = null;
    if (error === undefined) end.resolve();
    else end.reject(error);
    await settle();
  }
}

/** Lets everything happen that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let i = 0; i < 200; i++) await null;
}

function makeStore(): { store: TwoPhaseStore<SuiteValue, string>; journal: HeldJournal } {
  const journal = new HeldJournal();
  const store = new TwoPhaseStore(suiteCodec, new VersionedState(1_000, 1, 0), journal);
  return { store, journal };
}

/** A commit whose fate can be looked at without waiting. */
function start(store: TwoPhaseStore<SuiteValue, string>, key: string, modRevision: number) {
  const operations = [put(key, 'x')];
  const commit = store.commit({ compare: [{ key, modRevision }], operations });
  const started = { commit, fate: 'open' };
  commit.then(
    ({ succeeded }) => {
      started.fate = succeeded ? 'won' : 'lost';
    },
    (error: unknown) => {
      started.fate = String(error);
    },
  );
  return started;
}

// Every write takes a few turns here: what is only right when it is instant fails.
storeSuite('TwoPhaseStore with a slow journal', async () => {
  const slow: Journal<SuiteValue, null> = { prepare: () => null, write: settle, close: settle };
  const store = new TwoPhaseStore(suiteCodec, new VersionedState(1_000, 1, 0), slow);
  return { store, dispose: () => store.close() };
});

describe('TwoPhaseStore', () => {
  test('no reader and no watch sees a write before it is durable', async () => {
    const { store, journal } = makeStore();
    const watch = store.watch('/', 1);
    const events: string[] = [];
    watch.onReady = () => events.push(...watch.take(10).map(describeEvent));
    const first = start(store, '/a', 0);
    await settle();
    expect([first.fate, store.revision, await store.get('/a')]).toEqual(['open', 1, null]);
    expect([await store.count('/'), (await store.range('/')).items]).toEqual([0, []]);
    expect([events, watch.take(10), watch.revision]).toEqual([[], [], 1]);
    await journal.endWrite();
    expect([first.fate, store.revision, events]).toEqual(['won', 2, ['put /a=x@2']]);
    expect(watch.revision).toBe(2);
  });

  test('what comes while a write is under way shares the next, and one publication', async () => {
    const { store, journal } = makeStore();
    const watch = store.watch('/', 1);
    let calls = 0;
    watch.onReady = () => calls++;
    const commits = [start(store, '/a', 0)];
    await settle();
    for (const key of ['/b', '/c', '/d']) commits.push(start(store, key, 0));
    await journal.endWrite();
    expect(commits.map(({ fate }) => fate)).toEqual(['won', 'open', 'open', 'open']);
    await journal.endWrite();
    expect(commits.map(({ fate }) => fate)).toEqual(['won', 'won', 'won', 'won']);
    expect(journal.writes).toEqual([
      { records: ['put /a=x@2'], revision: 2 },
      { records: ['put /b=x@3', 'put /c=x@4', 'put /d=x@5'], revision: 5 },
    ]);
    expect([calls, watch.take(10).length]).toEqual([2, 4]);
  });

  test('a large group is published in parts, with pauses for others between', async () => {
    const { store, journal } = makeStore();
    const seen: string[] = [];
    const watch = store.watch('/', 1);
    watch.onReady = () => seen.push(`${watch.take(100).length} at ${journal.pauses}`);
    const commits = Array.from({ length: 80 }, (_, i) => start(store, `/${i}`, 0));
    const closed = store.close();
    await journal.endWrite();
    await Promise.all(commits.map(({ commit }) => commit));
    expect(journal.writes.map(({ records }) => records.length)).toEqual([80]);
    expect(seen).toEqual(['32 at 0', '32 at 1', '16 at 2']);
    await closed;
    expect(journal.isClosed).toBe(true);
  });

  test('a comparison is made with the write that is on its way', async () => {
    const { store, journal } = makeStore();
    const create = start(store, '/a', 0);
    await settle();
    const again = start(store, '/a', 0);
    const update = start(store, '/a', 2);
    const other = start(store, '/b', 0);
    await settle();
    // The loser must not be told of what a crash could still take back.
    expect([create.fate, again.fate, update.fate]).toEqual(['open', 'open', 'open']);
    await journal.endWrite();
    expect([create.fate, again.fate, update.fate, other.fate]).toEqual([
      'won',
      'lost',
      'open',
      'open',
    ]);
    expect(await again.commit).toMatchObject({ revision: 2, current: [{ modRevision: 2 }] });
    await journal.endWrite();
    expect([update.fate, other.fate]).toEqual(['won', 'won']);
    expect(await store.get('/a')).toMatchObject({ createRevision: 2, modRevision: 3 });
  });

  test('a comparison is made with the newest of several writes on their way', async () => {
    const { store, journal } = makeStore();
    start(store, '/a', 0);
    await settle();
    const second = start(store, '/a', 2);
    await journal.endWrite();
    // The first is published now; the second, which followed it, is being written.
    const stale = start(store, '/a', 2);
    const third = start(store, '/a', 3);
    await journal.endWrite();
    await journal.endWrite();
    expect([second.fate, stale.fate, third.fate]).toEqual(['won', 'lost', 'won']);
    expect(await stale.commit).toMatchObject({ revision: 3, current: [{ modRevision: 3 }] });
  });

  test('a delete on its way counts: the key may be created again', async () => {
    const { store, journal } = makeStore();
    start(store, '/a', 0);
    await journal.endWrite();
    void store.commit({ compare: [], operations: [del('/a')] });
    const stale = start(store, '/a', 2);
    const again = start(store, '/a', 0);
    await settle();
    expect([stale.fate, again.fate]).toEqual(['open', 'open']);
    await journal.endWrite();
    expect([stale.fate, again.fate]).toEqual(['lost', 'won']);
    expect(await store.get('/a')).toMatchObject({ createRevision: 4 });
  });

  test('what changes nothing has the newest revision, and waits for it', async () => {
    const { store, journal } = makeStore();
    expect(await store.commit({ compare: [], operations: [] })).toMatchObject({ revision: 1 });
    start(store, '/a', 0);
    const none = store.commit({ compare: [], operations: [del('/b')] });
    const lost = store.commit({ compare: [{ key: '/b', modRevision: 9 }], operations: [] });
    await journal.endWrite();
    expect(await none).toEqual({ succeeded: true, revision: 2, results: [null] });
    expect(await lost).toEqual({ succeeded: false, revision: 2, current: [null] });
  });

  test('deleting what is being deleted waits for that, and changes nothing', async () => {
    const { store, journal } = makeStore();
    start(store, '/a', 0);
    await journal.endWrite();
    const first = store.commit({ compare: [], operations: [del('/a')] });
    let isAnswered = false;
    const second = store.commit({ compare: [], operations: [del('/a')] });
    void second.then(() => {
      isAnswered = true;
    });
    await settle();
    expect(isAnswered).toBe(false);
    await journal.endWrite();
    expect(await first).toMatchObject({ revision: 3, results: [{ modRevision: 2 }] });
    expect(await second).toEqual({ succeeded: true, revision: 3, results: [null] });
  });

  test('after a failed write nothing more is written, and readers go on', async () => {
    const { store, journal } = makeStore();
    start(store, '/a', 0);
    await journal.endWrite();
    const written = start(store, '/b', 0);
    await settle();
    const gathered = start(store, '/c', 0);
    const lost = start(store, '/b', 0);
    await journal.endWrite(new Error('no space left'));
    const message =
      'StoreError: writing failed, the store is read-only until it succeeds again: no space left';
    expect([written.fate, gathered.fate, lost.fate]).toEqual([message, message, message]);
    await expect(store.commit({ compare: [], operations: [] })).rejects.toThrow(StoreError);
    expect(journal.writes).toHaveLength(2);
    expect([store.revision, texts((await store.range('/')).items)]).toEqual([2, ['/a=x']]);
    expect(store.watch('/', 1).take(10)).toHaveLength(1);
    await store.close();
    expect(journal.isClosed).toBe(true);
  });

  test.each([
    ['was lost', 2, 'put /c=x@3'],
    ['is durable all the same', 3, 'put /b=x@3, put /c=x@4'],
  ])('writing goes on when the journal can again; what failed %s', async (_, durable, seen) => {
    const { store, journal } = makeStore();
    start(store, '/a', 0);
    await journal.endWrite();
    const failed = start(store, '/b', 0);
    await journal.endWrite(new Error('no space left'));
    const early = [start(store, '/c', 0), start(store, '/d', 0)];
    await settle();
    expect([failed, ...early].every(({ fate }) => fate.includes('no space left'))).toBe(true);
    // Those who come together ask once.
    expect(journal.recoveries).toBe(1);
    const watch = store.watch('/', 2);
    journal.durable = durable;
    const next = start(store, '/c', 0);
    await journal.endWrite();
    expect(next.fate).toBe('won');
    expect(watch.take(10).map(describeEvent).join(', ')).toBe(seen);
    expect(store.revision).toBe(durable + 1);
    await store.close();
  });

  test('too many waiting writes are refused, and the store goes on', async () => {
    const { store, journal } = makeStore();
    const commits = Array.from({ length: 10_000 }, (_, i) => start(store, `/k/${i}`, 0));
    const refused = start(store, '/more', 0);
    await expect(refused.commit).rejects.toThrow(OverloadedError);
    await journal.endWrite();
    const later = start(store, '/more', 0);
    while (later.fate === 'open') await journal.endWrite();
    expect(later.fate).toBe('won');
    expect(commits.every(({ fate }) => fate === 'won')).toBe(true);
    expect(store.revision).toBe(10_002);
  });

  test('close waits for all that was accepted', async () => {
    const { store, journal } = makeStore();
    const first = start(store, '/a', 0);
    await settle();
    const second = start(store, '/b', 0);
    const closing = store.close();
    const late = start(store, '/c', 0);
    await journal.endWrite();
    await journal.endWrite();
    await closing;
    expect([first.fate, second.fate]).toEqual(['won', 'won']);
    expect(late.fate).toBe('StoreError: the store is closed');
  });

  test('a watch may read, write, watch and close from within onReady', async () => {
    const { store, journal } = makeStore();
    const calls: string[] = [];
    const closing = store.watch('/', 1);
    const closed = store.watch('/', 1);
    closing.onReady = () => {
      calls.push('closing');
      closed.close();
      closing.close();
      const later = store.watch('/', store.revision);
      later.onReady = () => calls.push(`later ${later.take(1).map(describeEvent)}`);
      start(store, '/b', 0);
    };
    closed.onReady = () => calls.push('closed');
    start(store, '/a', 0);
    await journal.endWrite();
    await journal.endWrite();
    expect(calls).toEqual(['closing', 'later put /b=x@3']);
  });
});

describe('the history of VersionedState', () => {
  const item = (revision: number) => ({
    key: `/${revision % 2 ? 'odd' : 'even'}/x`,
    value: { text: '', revision },
    createRevision: revision,
    modRevision: revision,
  });
  const publish = (state: VersionedState<SuiteValue>, revision: number) =>
    state.publish([{ type: 'put', item: item(revision), previous: null, revision }], revision);

  test('keeps at least so many events, and few more', () => {
    const state = new VersionedState<SuiteValue>(100, 1, 0);
    for (let revision = 2; revision <= 1_000; revision++) {
      publish(state, revision);
      expect(state.history.length).toBeLessThanOrEqual(126);
      if (revision > 101) expect(state.history.length).toBeGreaterThanOrEqual(100);
      expect(state.compactedRevision).toBe(
        state.revision - state.history.length - (state.compactedRevision === 0 ? 1 : 0),
      );
    }
  });

  test('holds only so many bytes', () => {
    const share = HISTORY_BYTES_MAX / 8;
    const state = new VersionedState<SuiteValue>(100, 1, 0, () => share);
    for (let revision = 2; revision <= 200; revision++) {
      publish(state, revision);
      expect(state.history.length).toBeLessThanOrEqual(10);
      if (revision > 9) expect(state.history.length).toBeGreaterThanOrEqual(8);
    }
  });

  test('keeps the newest event, however large', () => {
    const state = new VersionedState<SuiteValue>(100, 1, 0, () => 2 * HISTORY_BYTES_MAX);
    const watch = state.watch('/', 1);
    for (let revision = 2; revision <= 10; revision++) {
      publish(state, revision);
      expect(watch.take(10)).toHaveLength(1);
    }
    expect(state.history.length).toBe(1);
  });

  test('a watch that lags too far is told so, one that does not care is not', () => {
    const state = new VersionedState<SuiteValue>(100, 1, 0);
    const lagging = state.watch('/odd/', 1);
    const quiet = state.watch('/none/', 1);
    for (let revision = 2; revision <= 300; revision++) publish(state, revision);
    expect(() => lagging.take(10)).toThrow(/required revision has been compacted/);
    expect(lagging.revision).toBeLessThan(300);
    expect([quiet.take(10), quiet.revision]).toEqual([[], 300]);
  });

  test('one publication larger than the bound can be taken whole', () => {
    const state = new VersionedState<SuiteValue>(10, 1, 0);
    const watch = state.watch('/', 1);
    const events = Array.from({ length: 100 }, (_, i) => ({
      type: 'put' as const,
      item: item(i + 2),
      previous: null,
      revision: i + 2,
    }));
    state.publish(events, 101);
    expect(watch.take(1_000)).toHaveLength(100);
  });
});
