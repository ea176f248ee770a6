/**
 * A process that does nothing, with the daemon's priority, and tells how late its event loop was by
 * the daemon's own measure: what `limits/busy-machine.ts` runs. It begins with a line, and ends with
 * its standard input.
 */
import type { ApiRequest, ApiResponse } from '../src/apiserver/handler.ts';
import { hostClock } from '../src/host/clock.ts';
import { DELAY_BOUNDS_SECONDS, EventLoopDelay } from '../src/host/event-loop-delay.ts';
import { preferThisProcess } from '../src/host/priority.ts';
import { type LoopDelay, loopDelayQuantile } from './loop-delay.ts';

preferThisProcess();
// Its loop counts as active all the time, so that the measure goes on.
const delay = new EventLoopDelay({ clock: hostClock, activeMs: () => performance.now() });
await delay.watch(async () => ({}) as ApiResponse)({} as ApiRequest);
console.log('measuring');
process.stdin.resume().on('end', () => {
  delay.stop();
  console.log(loopDelayQuantile(cumulative(delay.buckets), 0.99));
});

function cumulative(buckets: readonly number[]): LoopDelay {
  let sum = 0;
  const counts = buckets.map((count) => {
    sum += count;
    return sum;
  });
  const boundsMs = [...DELAY_BOUNDS_SECONDS.map((seconds) => seconds * 1000), Infinity];
  return { boundsMs, counts };
}
