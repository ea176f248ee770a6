import { setTimeout as wait } from 'node:timers/promises';
import type { ApiResponse } from '../../src/apiserver/handler.ts';
import { hostClock } from '../../src/host/clock.ts';
import { DELAY_BOUNDS_SECONDS, EventLoopDelay } from '../../src/host/event-loop-delay.ts';
import { quantile } from '../figures.ts';
import { loopDelayQuantile } from '../loop-delay.ts';
import { expectStatus, openClients } from '../phase.ts';
import { withBareServer } from './bare-https.ts';

/** What others feel while `work` has the machine, in milliseconds. */
export interface BusyMachine {
  /** The p99 of the delay of an event loop with nothing to do. */
  readonly loopP99Ms: number;
  /** The p99 of small gets from a bare server, which sends lists of `bytes` meanwhile. */
  readonly getP99Ms: number;
}

/** Runs `work` twice, and measures each side in a run of its own. */
export async function onBusyMachine(
  work: () => Promise<unknown>,
  bytes: number,
): Promise<BusyMachine> {
  return { loopP99Ms: await loopDelay(work), getP99Ms: await getsMeanwhile(work, bytes) };
}

/** By the daemon's own measure, in this process, which only waits for `work`. */
async function loopDelay(work: () => Promise<unknown>): Promise<number> {
  const delay = new EventLoopDelay({ clock: hostClock, activeMs: () => performance.now() });
  const begin = delay.watch(async () => ({}) as ApiResponse);
  void begin({} as Parameters<typeof begin>[0]);
  await work();
  delay.stop();
  let sum = 0;
  const counts = delay.buckets.map((count) => {
    sum += count;
    return sum;
  });
  const boundsMs = [...DELAY_BOUNDS_SECONDS.map((seconds) => seconds * 1000), Infinity];
  return loopDelayQuantile({ boundsMs, counts }, 0.99);
}

function getsMeanwhile(work: () => Promise<unknown>, bytes: number): Promise<number> {
  return withBareServer(async ({ access }) => {
    const [getter, lister] = await openClients(access, 2);
    const times: number[] = [];
    let over = false;
    const working = work().finally(() => {
      over = true;
    });
    const listing = (async () => {
      while (!over) await lister?.measure(`/bytes?count=${bytes}`);
    })();
    while (!over && getter !== undefined) {
      const startedAt = performance.now();
      expectStatus(await getter.request('GET', '/'));
      times.push(performance.now() - startedAt);
      // As the scenario does, which must not take a core of its own.
      await wait(1);
    }
    await Promise.all([working, listing]);
    getter?.close();
    lister?.close();
    return quantile(times, 0.99);
  });
}
