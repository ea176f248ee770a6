import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CompactedError, type Operation, type Store, type Watch } from '../store.ts';
import { describeModelItem, Model } from './model.ts';
import {
  del,
  describeEvent,
  put,
  type SuiteSubject,
  type SuiteValue,
  takeEvents,
} from './subject.ts';

const key = fc.constantFrom('/a', '/a/b', '/a/c', '/a/\u{1f600}', '/a/\uffee', '/ab/c', '/b/a');
const prefix = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab/', '/none/');
/** Which of the revisions so far, counted back from the newest. */
const back = fc.nat(12);

const write = fc.record({
  type: fc.constant('write' as const),
  /** Compares with what is there, or with something else. */
  compare: fc.array(fc.record({ key, isRight: fc.boolean() }), { maxLength: 2 }),
  operations: fc.uniqueArray(fc.record({ key, isDelete: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
    selector: (operation) => operation.key,
  }),
});
const step = fc.oneof(
  { weight: 5, arbitrary: write },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('writes' as const),
      writes: fc.array(write, { maxLength: 8 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('range' as const),
      prefix,
      back,
      from: key,
      limit: fc.nat(4),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('watch' as const), prefix, back }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('take' as const),
      which: fc.nat(),
      max: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unwatch' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), back }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type StepOf<T extends Step['type']> = Extract<Step, { type: T }>;

interface OpenWatch {
  readonly watch: Watch<SuiteValue>;
  readonly prefix: string;
  /** Up to where it has been taken. */
  revision: number;
}

/** Random steps do to a store what they do to a {@link Model}. */
export function modelCase(make: () => Promise<SuiteSubject>, runs: number): void {
  test('any sequence of steps: as the model', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const { store, dispose } = await make();
        try {
          const walk = new Walk(store);
          for (const next of steps) await walk.do(next);
          await walk.end();
        } finally {
          await dispose();
        }
      }),
      { numRuns: runs },
    );
  });
}

class Walk {
  readonly #store: Store<SuiteValue>;
  readonly #model: Model;
  readonly #firstRevision: number;
  #watches: OpenWatch[] = [];
  #written = 0;

  constructor(store: Store<SuiteValue>) {
    this.#store = store;
    this.#firstRevision = store.revision;
    this.#model = new Model(store.revision, store.compactedRevision);
  }

  async do(next: Step): Promise<void> {
    if (next.type === 'write') await this.#write(next);
    else if (next.type === 'writes') await Promise.all(next.writes.map((one) => this.#write(one)));
    else if (next.type === 'range') await this.#range(next);
    else if (next.type === 'watch') await this.#watch(next);
    else if (next.type === 'take') await this.#take(next.which, next.max);
    else if (next.type === 'unwatch') this.#unwatch(next.which);
    else await this.#compact(next);
    expect(this.#store.revision).toBe(this.#model.revision);
    expect(this.#store.compactedRevision).toBe(this.#model.compactedRevision);
  }

  /** Every watch must come to the end of its events. */
  async end(): Promise<void> {
    for (let i = 0; i < this.#watches.length; i++) await this.#take(i, 1_000);
    for (const { watch } of this.#watches) watch.close();
  }

  async #write({ compare, operations }: StepOf<'write'>): Promise<void> {
    const model = this.#model;
    const comparisons = compare.map(({ key, isRight }) => ({
      key,
      modRevision: isRight ? model.modRevision(key) : model.modRevision(key) + 1,
    }));
    const changes = operations.map(
      ({ key, isDelete }): Operation<SuiteValue> =>
        isDelete ? del(key) : put(key, String(this.#written++)),
    );
    const commit = this.#store.commit({ compare: comparisons, operations: changes });
    // Commits are decided in the order of the calls, so the model may go ahead.
    const holds = compare.every(({ isRight }) => isRight);
    if (holds) model.commit(changes);
    const { revision } = model;
    const outcome = await commit;
    expect(outcome.succeeded).toBe(holds);
    expect(outcome.revision).toBe(revision);
    expect(this.#store.revision).toBeGreaterThanOrEqual(outcome.revision);
  }

  async #range({ prefix, back, from, limit }: StepOf<'range'>): Promise<void> {
    const revision = this.#revision(back);
    const range = this.#store.range(prefix, { revision, from, limit });
    if (revision < this.#model.compactedRevision) {
      await expect(range).rejects.toThrow(CompactedError);
      return;
    }
    const expected = this.#model.range(prefix, from, revision);
    const shown = expected.slice(0, limit || expected.length);
    const { items, remaining } = await range;
    const found = items.map((item) =>
      describeModelItem(item.key, { ...item, text: item.value.text }),
    );
    expect([found, remaining]).toEqual([shown, expected.length - shown.length]);
    const all = this.#model.range(prefix, '', this.#model.revision);
    expect(await this.#store.count(prefix)).toBe(all.length);
  }

  async #watch({ prefix, back }: StepOf<'watch'>): Promise<void> {
    const revision = this.#revision(back);
    if (revision < this.#model.compactedRevision) return;
    this.#watches.push({ prefix, revision, watch: this.#store.watch(prefix, revision) });
  }

  async #take(which: number, max: number): Promise<void> {
    const open = this.#watches[which % this.#watches.length];
    if (open === undefined) return;
    const expected = this.#model.events(open.prefix, open.revision);
    if (expected.length === 0) {
      expect(open.watch.take(max)).toEqual([]);
      return;
    }
    let taken: Awaited<ReturnType<typeof takeEvents>>;
    try {
      taken = await takeEvents(open.watch, 1, max);
    } catch (error) {
      // Only a watch that left something untaken may lose it.
      expect(error).toBeInstanceOf(CompactedError);
      expect(this.#model.events(open.prefix, open.revision).length).toBeGreaterThan(
        this.#model.events(open.prefix, this.#model.compactedRevision).length,
      );
      this.#unwatch(which);
      return;
    }
    expect(taken.map(describeEvent)).toEqual(expected.slice(0, taken.length));
    const last = taken.at(-1)!.revision;
    const rest = this.#model.events(open.prefix, last);
    // The revision of the last event taken is complete.
    expect(taken.length + rest.length).toBe(expected.length);
    open.revision = last;
  }

  #unwatch(which: number): void {
    const open = this.#watches[which % this.#watches.length];
    open?.watch.close();
    this.#watches = this.#watches.filter((other) => other !== open);
  }

  async #compact({ back }: StepOf<'compact'>): Promise<void> {
    const revision = this.#revision(back);
    await this.#store.compact(revision);
    this.#model.compactedRevision = Math.max(this.#model.compactedRevision, revision);
  }

  #revision(back: number): number {
    return Math.max(this.#firstRevision, this.#model.revision - back);
  }
}
