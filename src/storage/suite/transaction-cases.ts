import { expect, test } from 'vitest';
import { type Outcome, type Store, StoreError } from '../store.ts';
import { del, put, type SuiteValue, texts, write } from './subject.ts';

/** What `commit` and `get` promise. */
export function transactionCases(get: () => Store<SuiteValue>): void {
  comparisonCases(get);
  operationCases(get);
  concurrencyCases(get);
}

function comparisonCases(get: () => Store<SuiteValue>): void {
  test('commit: a put creates, then updates; create and mod revisions', async () => {
    const store = get();
    const base = store.revision;
    expect(base).toBeGreaterThanOrEqual(1);
    expect(await store.get('/a')).toBeNull();
    const created = await store.commit({ compare: [], operations: [put('/a', 'one')] });
    const first = {
      key: '/a',
      value: { text: 'one', revision: base + 1 },
      createRevision: base + 1,
      modRevision: base + 1,
    };
    expect(created).toEqual({ succeeded: true, revision: base + 1, results: [first] });
    expect(await store.get('/a')).toEqual(first);
    expect(store.revision).toBe(base + 1);
    await write(store, put('/a', 'two'));
    expect(await store.get('/a')).toEqual({
      key: '/a',
      value: { text: 'two', revision: base + 2 },
      createRevision: base + 1,
      modRevision: base + 2,
    });
  });

  test('commit: a deleted key is created anew', async () => {
    const store = get();
    const first = await write(store, put('/a', 'one'));
    const deleted = await store.commit({ compare: [], operations: [del('/a')] });
    expect(deleted).toMatchObject({ revision: first + 1, results: [{ modRevision: first }] });
    expect(await store.get('/a')).toBeNull();
    await write(store, put('/a', 'again'));
    expect(await store.get('/a')).toMatchObject({ createRevision: first + 2 });
  });

  test('commit: comparing with 0 holds only while the key does not exist', async () => {
    const store = get();
    const create = { compare: [{ key: '/a', modRevision: 0 }], operations: [put('/a', 'x')] };
    const won = await store.commit(create);
    expect(won.succeeded).toBe(true);
    const lost = await store.commit(create);
    expect(lost).toMatchObject({ succeeded: false, current: [{ modRevision: won.revision }] });
    expect(store.revision).toBe(won.revision);
  });

  test('commit: comparisons that fail answer with what is there, in order', async () => {
    const store = get();
    const first = await write(store, put('/a', 'x'), put('/b', 'y'));
    const outcome = await store.commit({
      compare: [
        { key: '/none', modRevision: 0 },
        { key: '/b', modRevision: first },
        { key: '/a', modRevision: first - 1 },
      ],
      operations: [put('/a', 'changed')],
    });
    assertLost(outcome);
    expect(outcome.current.map((item) => item?.value.text)).toEqual([undefined, 'y', 'x']);
    expect((await store.get('/a'))?.value.text).toBe('x');
  });

  test('commit: may compare keys that it does not write', async () => {
    const store = get();
    const first = await write(store, put('/a', 'x'));
    const compare = [{ key: '/a', modRevision: first }];
    expect((await store.commit({ compare, operations: [put('/b', 'y')] })).succeeded).toBe(true);
    await write(store, put('/a', 'x2'));
    expect((await store.commit({ compare, operations: [put('/c', 'z')] })).succeeded).toBe(false);
    expect(await store.get('/c')).toBeNull();
  });
}

function operationCases(get: () => Store<SuiteValue>): void {
  test('commit: several operations share one revision', async () => {
    const store = get();
    const first = await write(store, put('/a', '1'), put('/b', '1'));
    expect((await store.get('/a'))?.modRevision).toBe(first);
    expect((await store.get('/b'))?.modRevision).toBe(first);
    const second = await write(store, put('/a', '2'), del('/b'), put('/c', '2'));
    expect(second).toBe(first + 1);
    expect(texts((await store.range('/')).items)).toEqual(['/a=2', '/c=2']);
  });

  test('commit: what changes nothing raises no revision', async () => {
    const store = get();
    const first = await write(store, put('/a', 'x'));
    const outcome = await store.commit({ compare: [], operations: [del('/none')] });
    expect(outcome).toEqual({ succeeded: true, revision: first, results: [null] });
    const check = { compare: [{ key: '/a', modRevision: first }], operations: [] };
    expect(await store.commit(check)).toEqual({ succeeded: true, revision: first, results: [] });
    expect(store.revision).toBe(first);
  });

  test.each([
    ['the same key twice', [put('/a', '1'), put('/a', '2')]],
    ['put and delete of a key', [put('/a', '1'), del('/a')]],
    ['an empty key', [put('', '1')]],
    ['a key that is not Unicode', [put('/\ud800', '1')]],
  ])('commit: refuses %s and goes on', async (_, operations) => {
    const store = get();
    const base = store.revision;
    await expect(store.commit({ compare: [], operations })).rejects.toThrow(StoreError);
    expect(store.revision).toBe(base);
    expect(await write(store, put('/a', 'fine'))).toBe(base + 1);
  });
}

function concurrencyCases(get: () => Store<SuiteValue>): void {
  test('commit: of concurrent creates one wins, and the losers see it', async () => {
    const store = get();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const outcome = await store.commit({
          compare: [{ key: '/a', modRevision: 0 }],
          operations: [put('/a', String(i))],
        });
        // Whoever lost must find the winner's write among what readers see.
        expect((await store.get('/a'))?.value.text).toBeDefined();
        expect(store.revision).toBeGreaterThanOrEqual(outcome.revision);
        return outcome;
      }),
    );
    const winners = outcomes.filter(({ succeeded }) => succeeded);
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.succeeded) continue;
      expect(outcome.current[0]?.modRevision).toBe(winners[0]!.revision);
    }
  });

  test('commit: concurrent writes get distinct revisions, and none is lost', async () => {
    const store = get();
    const base = store.revision;
    const count = 200;
    const revisions = await Promise.all(
      Array.from({ length: count }, (_, i) => write(store, put(`/k/${i}`, 'x'))),
    );
    expect(new Set(revisions).size).toBe(count);
    expect(store.revision).toBe(base + count);
    expect(await store.count('/k/')).toBe(count);
  });

  test('commit: compare and swap in a loop counts right', async () => {
    const store = get();
    await write(store, put('/n', '0'));
    const increment = async () => {
      for (;;) {
        const item = (await store.get('/n'))!;
        const outcome = await store.commit({
          compare: [{ key: '/n', modRevision: item.modRevision }],
          operations: [put('/n', String(Number(item.value.text) + 1))],
        });
        if (outcome.succeeded) return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, increment));
    expect((await store.get('/n'))?.value.text).toBe('10');
  });
}

function assertLost(
  outcome: Outcome<SuiteValue>,
): asserts outcome is Outcome<SuiteValue> & { succeeded: false } {
  expect(outcome.succeeded).toBe(false);
}
