import { performance } from 'node:perf_hooks';
import type { Clock } from '../base/clock.ts';

/** Longer delays overflow setTimeout, which would fire at once. */
const DELAY_MS_MAX = 2 ** 31 - 1;

/**
 * The machine's clock. Its timers keep the process alive: every one has an owner that cancels it
 * when it stops, and a process that ends early because a timer was not counted is worse.
 */
export const hostClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(delayMs, fire) {
    // setTimeout would make a millisecond of it: too long for who only lets others run.
    if (delayMs <= 0) {
      const immediate = setImmediate(fire);
      return { cancel: () => clearImmediate(immediate) };
    }
    const deadline = performance.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (restMs: number) => {
      handle = setTimeout(
        () => {
          const leftMs = deadline - performance.now();
          // setTimeout may fire up to a millisecond early; only split delays wait again.
          if (leftMs > 1) arm(leftMs);
          else fire();
        },
        Math.min(Math.max(restMs, 0), DELAY_MS_MAX),
      );
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
