import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../sim/clock.ts';
import type { Clock } from './clock.ts';
import { AbandonedError, Slices } from './slices.ts';

let virtual: VirtualClock;
let workedMs: number;
let clock: Clock;

beforeEach(() => {
  virtual = new VirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)));
  workedMs = 0;
  clock = {
    now: () => virtual.now(),
    monotonic: () => virtual.monotonic() + workedMs,
    timer: (delayMs, fire) => virtual.timer(delayMs, fire),
  };
});

/** Works on so many items, and notes each. */
async function work(name: string, items: number, done: string[], itemMs = 1): Promise<void> {
  const slices = new Slices(clock);
  for (let item = 0; item < items; item++) {
    workedMs += itemMs;
    done.push(name);
    if (slices.isOver) await slices.pause();
  }
}

describe('Slices', () => {
  it('does not pause short work', async () => {
    const done: string[] = [];
    await work('a', 3, done);
    expect(done).toHaveLength(3);
    expect(virtual.pending).toBe(0);
  });

  it('lets others run between slices, one of all who work at a turn', async () => {
    const done: string[] = [];
    const working = Promise.all([work('a', 10, done), work('b', 6, done)]);
    virtual.timer(0, () => done.push('|'));
    await virtual.advance(0);
    await working;
    expect(done.join('')).toBe('aaaabaaaa|bbbbaab');
    expect(virtual.pending).toBe(0);
  });

  it('gives many who begin in one turn one slice together', async () => {
    const done: string[] = [];
    const many = Array.from({ length: 50 }, () => work('a', 300, done, 1 / 64));
    const working = Promise.all(many);
    // The first has its slice of 4 ms; each of the others sees after an item that it is over.
    expect(done).toHaveLength(4 * 64 + 49);
    await virtual.advance(0);
    await working;
  });

  it('makes one slice of the stages of one request', async () => {
    const done: string[] = [];
    const stages = async () => {
      for (const stage of ['a', 'b', 'c']) await work(stage, 3, done);
    };
    const working = stages();
    virtual.timer(0, () => done.push('|'));
    await virtual.advance(0);
    await working;
    expect(done.join('')).toMatch(/^aaab\|/);
  });

  it("lets the process's own work go first", async () => {
    const order: string[] = [];
    const asker = new AbortController();
    const pausing = [1, 2, 3].map(async (client) => {
      await new Slices(clock, asker).pause();
      order.push(`client ${client}`);
    });
    pausing.push(new Slices(clock).pause().then(() => void order.push('own')));
    await virtual.advance(0);
    await Promise.all(pausing);
    expect(order).toEqual(['own', 'client 1', 'client 2', 'client 3']);
  });

  it('lets a client have its turn after some of the own work', async () => {
    const order: string[] = [];
    const own = async () => {
      const slices = new Slices(clock);
      for (let turn = 0; turn < 8; turn++) {
        await slices.pause();
        order.push('own');
      }
    };
    const asked = async () => {
      await new Slices(clock, new AbortController()).pause();
      order.push('client');
    };
    const working = Promise.all([own(), asked()]);
    await virtual.advance(0);
    await working;
    expect(order.indexOf('client')).toBe(4);
  });

  it('ends work that nobody waits for any more', async () => {
    const asker = new AbortController();
    const slices = new Slices(clock, asker);
    const pausing = slices.pause();
    asker.abort();
    const ended = expect(pausing).rejects.toThrow(AbandonedError);
    await virtual.advance(0);
    await ended;
  });
});
