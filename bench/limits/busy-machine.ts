import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { quantile } from '../figures.ts';
import { expectStatus, openClients } from '../phase.ts';
import { withBareServer } from './bare-https.ts';

const idleProcess = fileURLToPath(new URL('../idle-process.ts', import.meta.url));

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

/** Of a process that does nothing, with the daemon's priority and in a session of its own. */
async function loopDelay(work: () => Promise<unknown>): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', idleProcess], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  try {
    await work();
  } finally {
    child.stdin.end();
  }
  return Number((await lines.next()).value);
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
