import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../base/clock.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { type PacedWatch, WatchPacer } from './watch-pacer.ts';

let virtual: VirtualClock;
/** What serving the watches costs, in milliseconds of the loop's time. */
let costMs: number;
let pacer: WatchPacer;
let served: string[];

beforeEach(() => {
  virtual = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  costMs = 0;
  const clock: Clock = {
    now: () => virtual.now(),
    monotonic: () => virtual.monotonic() + costMs,
    timer: (delayMs, fire) => virtual.timer(delayMs, fire),
  };
  pacer = new WatchPacer(clock);
  served = [];
});

/** A watch that takes `ms` to be served, and when it was. */
class Watcher implements PacedWatch {
  servedAt = Number.NEGATIVE_INFINITY;
  readonly #name: string;
  readonly #ms: number;

  constructor(name: string, ms = 0) {
    this.#name = name;
    this.#ms = ms;
  }

  serve(): void {
    served.push(this.#name);
    this.servedAt = pacer.now();
    costMs += this.#ms;
  }

  request(): void {
    pacer.request(this, this.servedAt);
  }
}

describe('WatchPacer', () => {
  it('serves a quiet watch at once, and needs no timer for that', () => {
    new Watcher('a').request();
    expect(served).toEqual(['a']);
    expect(virtual.pending).toBe(0);
  });

  it('keeps what it joined for as long as others may come for it', async () => {
    const frames = ['a', 'b'].map((text) => ({
      type: 'ADDED' as const,
      object: {},
      lineParts: [Buffer.from(text)],
      lineBytes: 1,
    }));
    const seen: Uint8Array[] = [];
    const joining = (ms: number) => ({
      serve: () => {
        costMs += ms;
        seen.push(pacer.joined.join(frames));
      },
    });
    const isShared = () => new Set(seen.splice(0)).size === 1;
    // Served at once: those of one turn.
    pacer.request(joining(0), Number.NEGATIVE_INFINITY);
    pacer.request(joining(0), Number.NEGATIVE_INFINITY);
    expect(isShared()).toBe(true);
    seen.push(pacer.joined.join(frames));
    await Promise.resolve();
    pacer.request(joining(0), Number.NEGATIVE_INFINITY);
    expect(isShared()).toBe(false);
    await Promise.resolve();
    // Served in a round, a slice for each.
    for (let watch = 0; watch < 3; watch++) pacer.wait(joining(5));
    await virtual.advance(10);
    expect(isShared()).toBe(true);
    expect(virtual.pending).toBe(0);
  });

  it('serves a busy watch once for all that came meanwhile, with the others', async () => {
    const [a, b] = [new Watcher('a'), new Watcher('b')];
    a.request();
    await virtual.advance(1);
    b.request();
    for (let turn = 0; turn < 5; turn++) {
      a.request();
      b.request();
    }
    expect(served).toEqual(['a', 'b']);
    await virtual.advance(3);
    expect(served).toEqual(['a', 'b', 'a', 'b']);
    expect(virtual.pending).toBe(0);
    await virtual.advance(3);
    a.request();
    expect(served).toHaveLength(5);
  });

  it('lets others run between the slices of a long round', async () => {
    const watchers = ['a', 'b', 'c', 'd'].map((name) => new Watcher(name, 2));
    for (const watcher of watchers) pacer.wait(watcher);
    virtual.timer(3, () => served.push('other'));
    await virtual.advance(3);
    expect(served).toEqual(['a', 'b', 'other', 'c', 'd']);
  });

  it('makes rounds rarer when they take long', async () => {
    const watcher = new Watcher('a', 5);
    pacer.wait(watcher);
    await virtual.advance(3);
    pacer.wait(watcher);
    await virtual.advance(9);
    expect(served).toHaveLength(1);
    await virtual.advance(1);
    expect(served).toHaveLength(2);
  });

  it('serves a wave of quiet watches in slices', async () => {
    for (let index = 0; index < 150; index++) new Watcher(`${index}`).request();
    expect(served).toHaveLength(100);
    await virtual.advance(0);
    expect(served).toHaveLength(150);
  });

  it('serves one that has much to catch up with in the next slice', async () => {
    const watcher = new Watcher('a');
    watcher.request();
    pacer.goOn(watcher);
    await virtual.advance(0);
    expect(served).toEqual(['a', 'a']);
  });

  it('forgets a watch that has ended, and its timers', async () => {
    const [a, b] = [new Watcher('a'), new Watcher('b')];
    pacer.wait(a);
    pacer.goOn(b);
    pacer.forget(a);
    pacer.forget(b);
    expect(virtual.pending).toBe(0);
    await virtual.advance(100);
    expect(served).toEqual([]);
  });
});
