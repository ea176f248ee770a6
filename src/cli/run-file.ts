import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { processStart } from '../host/process-stat.ts';

/** The daemon that runs a cluster. */
export interface RunningDaemon {
  readonly pid: number;
  /** Tells this process from a later one with the same number; '' where the system has none. */
  readonly processStart: string;
  readonly version: string;
  readonly runtime: 'containerd' | 'sim';
  readonly nodeName: string;
  /** Where the API answers, and the socket for `status`, `down` and `backup`. */
  readonly server: string;
  readonly controlSocket: string;
}

/**
 * The daemon named in the file, if it is alive: leftovers of a crash or a reboot are not.
 *
 * @throws system errors: that a file may not be read does not mean that nothing runs
 */
export function readRunFile(file: string): RunningDaemon | null {
  try {
    return parseRunFile(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The daemon that the text of a run file names, if it is alive. */
export function parseRunFile(text: string): RunningDaemon | null {
  try {
    const running = JSON.parse(text) as RunningDaemon;
    return isRunning(running) ? running : null;
  } catch {
    // What a crash cut off names nobody.
    return null;
  }
}

/** Whether the process lives: the same one, not a later one with its number. */
export function isRunning(running: RunningDaemon): boolean {
  return processStart(running.pid) === running.processStart;
}

export function removeRunFile(file: string): Promise<void> {
  return rm(file, { force: true });
}
