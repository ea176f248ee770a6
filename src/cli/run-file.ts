import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';

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

/** The daemon named in the file, if it is alive: leftovers of a crash or a reboot are not. */
export function readRunFile(file: string): RunningDaemon | null {
  let running: RunningDaemon;
  try {
    running = JSON.parse(readFileSync(file, 'utf8')) as RunningDaemon;
  } catch {
    // Missing, or cut off by a crash: either way nothing that can be relied on runs.
    return null;
  }
  return processStartOf(running.pid) === running.processStart ? running : null;
}

export async function writeRunFile(file: string, running: RunningDaemon): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export function removeRunFile(file: string): Promise<void> {
  return rm(file, { force: true });
}

/**
 * When a process started: boot and clock ticks since, from /proc; null when there is no such
 * process, '' where the system has no /proc.
 */
export function processStartOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name in parentheses may hold spaces; fields count from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    return state === 'Z' ? null : `${boot}/${fields[19]}`;
  } catch {
    return process.platform === 'linux' ? null : '';
  }
}
