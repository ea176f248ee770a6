import { askControl } from '../control.ts';
import type { Home } from '../home.ts';
import { isRunning, type RunningDaemon, readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';

/** How often it looks whether the process has ended. */
const LOOK_MS = 20;
const STOP_MS_MAX = 60_000;

/** `proa down`: stops pods and cluster; objects, certificates and pod data stay. */
export async function downCommand(home: Home): Promise<number> {
  const running = readRunFile(home.runFile);
  if (running === null) {
    console.log('proa is down already');
    return 0;
  }
  const startedAt = Date.now();
  await stopDaemon(running);
  console.log(`proa is down (${((Date.now() - startedAt) / 1000).toFixed(1)} s); state is kept`);
  return 0;
}

/**
 * Asks a daemon to stop and waits until its process is gone.
 *
 * @throws UserError when it is not gone after a minute
 */
export async function stopDaemon(running: RunningDaemon): Promise<void> {
  const over = new AbortController();
  // Its answer does not matter: what counts is that the process ends.
  const { signal } = over;
  const asked = askControl(running.controlSocket, 'POST', '/stop', signal).catch(() => {
    // One that cannot be asked (still starting, or stuck) gets the signal that means the same.
    if (!signal.aborted && isRunning(running)) process.kill(running.pid, 'SIGTERM');
  });
  try {
    await Promise.all([asked, untilGone(running)]);
  } finally {
    over.abort();
  }
}

async function untilGone(running: RunningDaemon): Promise<void> {
  const deadline = Date.now() + STOP_MS_MAX;
  while (isRunning(running)) {
    if (Date.now() > deadline) {
      throw new UserError(`the daemon, pid ${running.pid}, does not end; 'proa logs' may say why`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
