import { describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse } from '../apiserver/handler.ts';
import type { Clock } from '../base/clock.ts';
import { DELAY_BOUNDS_SECONDS, EventLoopDelay } from './event-loop-delay.ts';

const QUIET_MS = 500;

/** A loop that a test holds up: timers fire when it is let go on. */
class HeldLoop {
  nowMs = 0;
  activeMs = 0;
  fire: (() => void) | null = null;
  dueMs = 0;
  readonly clock: Clock = {
    now: () => this.nowMs,
    monotonic: () => this.nowMs,
    timer: (delayMs, fire) => {
      this.dueMs = this.nowMs + delayMs;
      this.fire = fire;
      return {
        cancel: () => {
          this.fire = null;
        },
      };
    },
  };

  /** Goes on to when the timer is due, and so much later. */
  turn(lateMs = 0): void {
    this.nowMs = this.dueMs + lateMs;
    const { fire } = this;
    this.fire = null;
    fire?.();
  }

  turnsUntilQuiet(): number {
    let turns = 0;
    for (; this.fire !== null && turns < 10_000; turns++) this.turn();
    return turns;
  }
}

function measured(): { loop: HeldLoop; delay: EventLoopDelay; request: () => void } {
  const loop = new HeldLoop();
  const delay = new EventLoopDelay({ clock: loop.clock, activeMs: () => loop.activeMs });
  const handler = delay.watch(async () => ({}) as ApiResponse);
  return { loop, delay, request: () => void handler({} as ApiRequest) };
}

function countedWithin(delay: EventLoopDelay, seconds: number): number | undefined {
  return delay.buckets[DELAY_BOUNDS_SECONDS.indexOf(seconds)];
}

describe('EventLoopDelay', () => {
  it('sets no timer before the first request', () => {
    const { loop, request } = measured();
    expect(loop.fire).toBeNull();
    request();
    expect(loop.fire).not.toBeNull();
  });

  it('ends when there is neither a request nor work', () => {
    const { loop, request } = measured();
    request();
    expect(loop.turnsUntilQuiet()).toBe(QUIET_MS / 2);
  });

  it('goes on while requests come', () => {
    const { loop, request } = measured();
    request();
    for (let turn = 0; turn < QUIET_MS / 2 - 1; turn++) loop.turn();
    request();
    loop.turn();
    expect(loop.turnsUntilQuiet()).toBe(QUIET_MS / 2);
  });

  it('goes on while the loop has work', () => {
    const { loop, request } = measured();
    request();
    loop.activeMs = QUIET_MS / 5;
    expect(loop.turnsUntilQuiet()).toBe(QUIET_MS);
  });

  it('counts no delay where there is none', () => {
    const { loop, delay, request } = measured();
    request();
    loop.turn();
    expect(countedWithin(delay, 0.001)).toBe(1);
    expect(delay.secondsSum).toBe(0);
  });

  it('counts a long delay for each sample that it held up', () => {
    const { loop, delay, request } = measured();
    request();
    loop.turn(9);
    // 9, 7, 5, 3 and 1 ms.
    for (const seconds of [0.001, 0.003, 0.005, 0.007, 0.009]) {
      expect(countedWithin(delay, seconds)).toBe(1);
    }
    expect(delay.secondsSum).toBeCloseTo(0.025);
  });

  it('counts a delay beyond all bounds', () => {
    const { loop, delay, request } = measured();
    request();
    loop.turn(2_001);
    expect(delay.buckets.at(-1)).toBe(1);
  });

  it('stop: cancels the timer, and the next request begins again', () => {
    const { loop, delay, request } = measured();
    request();
    delay.stop();
    expect(loop.fire).toBeNull();
    request();
    expect(loop.fire).not.toBeNull();
  });
});
