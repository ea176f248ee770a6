import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../sim/clock.ts';
import type { Clock } from './clock.ts';
import { Slices } from './slices.ts';

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

/** Works on so many items of a millisecond each, and notes each. */
async function work(name: string, items: number, done: string[]): Promise<void> {
  const slices = new Slices(clock);
  for (let item = 0; item < items; item++) {
    workedMs++;
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
    expect(done.join('')).toBe('aaaabbbbaaaa|bbaa');
    expect(virtual.pending).toBe(0);
  });
});
