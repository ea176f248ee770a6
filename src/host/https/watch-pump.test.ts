import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WatchBody, WatchFrame } from '../../apiserver/handler.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { WatchPacer } from './watch-pacer.ts';
import { WatchPump } from './watch-pump.ts';

let clock: VirtualClock;
let pacer: WatchPacer;

beforeEach(() => {
  clock = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  pacer = new WatchPacer(clock);
});

class FakeWatch implements WatchBody {
  readonly type = 'watch';
  onReady: (() => void) | null = null;
  ended = false;
  isClosed = false;
  readonly #frames: WatchFrame[] = [];
  #made = 0;

  add(count: number, lineBytes = 10): void {
    for (let index = 0; index < count; index++) {
      const line = Buffer.from(`${String(this.#made++).padStart(lineBytes - 1, '0')}\n`);
      this.#frames.push({ type: 'ADDED', object: {}, lineParts: [line], lineBytes });
    }
    this.onReady?.();
  }

  take(max: number): readonly WatchFrame[] {
    return this.#frames.splice(0, max);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A client's connection that takes all, or is full after each write until it drains. */
class FakeResponse extends EventEmitter {
  readonly writes: string[] = [];
  isFull = false;
  isEnded = false;

  write(bytes: Uint8Array): boolean {
    this.writes.push(Buffer.from(bytes).toString());
    return !this.isFull;
  }

  end(): void {
    this.isEnded = true;
  }

  /** The numbers of the frames that were written. */
  get numbers(): number[] {
    return this.writes.join('').split('\n').slice(0, -1).map(Number);
  }
}

function start() {
  const [watch, response, abort] = [new FakeWatch(), new FakeResponse(), new AbortController()];
  const outgoing = response as unknown as ServerResponse;
  const pump = new WatchPump(outgoing, watch, abort.signal, pacer);
  return { watch, response, abort, whenOver: pump.run() };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('WatchPump', () => {
  it('writes the first event at once, and what follows soon after together', async () => {
    const { watch, response } = start();
    watch.add(1);
    expect(response.numbers).toEqual([0]);
    watch.add(1);
    watch.add(3);
    expect(response.writes).toHaveLength(1);
    await clock.advance(3);
    expect(response.writes).toHaveLength(2);
    expect(response.numbers).toEqual(upTo(5));
    await clock.advance(3);
    expect(clock.pending).toBe(0);
  });

  it('shares the bytes of a round between watches of the same frames', async () => {
    const source = new FakeWatch();
    source.add(2);
    const frames = source.take(2);
    const written: Uint8Array[] = [];
    const pumps = [start(), start()];
    for (const { watch, response } of pumps) {
      const left = [frames];
      watch.take = () => left.shift() ?? [];
      response.write = (bytes) => written.push(bytes) > 0;
    }
    for (const { watch } of pumps) watch.onReady?.();
    expect(written).toHaveLength(2);
    expect(written[0]).toBe(written[1]);
  });

  it('waits for a slow client, and loses nothing', async () => {
    const { watch, response } = start();
    response.isFull = true;
    watch.add(1);
    for (let turn = 0; turn < 100; turn++) watch.add(10);
    await clock.advance(100);
    expect(response.writes).toHaveLength(1);
    for (let turn = 0; response.numbers.length < 1_001 && turn < 20; turn++) {
      response.emit('drain');
      await clock.advance(3);
    }
    expect(response.numbers).toEqual(upTo(1_001));
  });

  it('writes large frames a few at a time', async () => {
    const { watch, response } = start();
    response.isFull = true;
    watch.add(20, 50_000);
    expect(response.numbers).toEqual(upTo(3));
    response.emit('drain');
    // It has more to write, so no pace is kept.
    await clock.advance(0);
    expect(response.numbers).toEqual(upTo(6));
  });

  it('ends with the watch, after its last frames', async () => {
    const { watch, response, whenOver } = start();
    watch.add(1);
    watch.ended = true;
    watch.add(2);
    await clock.advance(3);
    await whenOver;
    expect(response.numbers).toEqual(upTo(3));
    expect([response.isEnded, watch.isClosed]).toEqual([true, true]);
  });

  it.each([
    ['quiet', false],
    ['busy', true],
  ])('lets go of a %s watch when its client is gone', async (_name, isBusy) => {
    const { watch, response, abort, whenOver } = start();
    watch.add(1);
    if (isBusy) watch.add(1);
    abort.abort();
    await whenOver;
    expect([watch.isClosed, watch.onReady]).toEqual([true, null]);
    expect(clock.pending).toBe(0);
    expect(response.writes).toHaveLength(1);
  });

  it('fails, closed, when the connection cannot be written to', async () => {
    const { watch, response, whenOver } = start();
    response.write = () => {
      throw new Error('broken');
    };
    watch.add(1);
    await expect(whenOver).rejects.toThrow('broken');
    expect(watch.isClosed).toBe(true);
  });
});
