import { askControl } from '../control.ts';
import type { Home } from '../home.ts';
import { processStartOf, type RunningDaemon, readRunFile } from '../run-file.ts';

/** How often it looks whether the process has ended. */
const LOOK_MS = 20;

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

/** Asks a daemon to stop and waits until its process is gone. */
export async function stopDaemon(running: RunningDaemon): Promise<void> {
  await askControl(running.controlSocket, 'POST', '/stop').catch((error: Error) => {
    // One that cannot be asked (still starting, or stuck) gets the signal that means the same.
    if (processStartOf(running.pid) === running.processStart) process.kill(running.pid, 'SIGTERM');
    else throw error;
  });
  while (processStartOf(running.pid) === running.processStart) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
