import { readFileSync } from 'node:fs';
import { link, rename, rm, writeFile } from 'node:fs/promises';

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

/** Another process may take the place of a leftover just before this one does; not so often. */
const CLAIMS_MAX = 5;

/**
 * The daemon named in the file, if it is alive: leftovers of a crash or a reboot are not.
 *
 * @throws system errors: that a file may not be read does not mean that nothing runs
 */
export function readRunFile(file: string): RunningDaemon | null {
  try {
    const running = JSON.parse(readFileSync(file, 'utf8')) as RunningDaemon;
    return isRunning(running) ? running : null;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    // What a crash cut off names nobody.
    if (isMissing || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether the process lives: the same one, not a later one with its number. */
export function isRunning(running: RunningDaemon): boolean {
  return processStartOf(running.pid) === running.processStart;
}

/**
 * Makes the file name this daemon, unless it names a living one: of two that start at the same
 * time one gets it. Answers the other one, or null when the file is ours.
 */
export async function claimRunFile(
  file: string,
  running: RunningDaemon,
): Promise<RunningDaemon | null> {
  const own = `${file}.${running.pid}`;
  await writeFile(own, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  try {
    for (let claim = 0; claim < CLAIMS_MAX; claim++) {
      if (await linked(own, file)) return null;
      const other = readRunFile(file);
      if (other !== null) return other;
      await setAside(file, `${own}.stale`);
    }
    throw new Error(`${file} cannot be written: others write it at the same time`);
  } finally {
    await rm(own, { force: true });
  }
}

export function removeRunFile(file: string): Promise<void> {
  return rm(file, { force: true });
}

/** A link appears whole, and only where nothing is. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a leftover; what somebody has put in its place meanwhile goes back there. */
async function setAside(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (readRunFile(aside) !== null) await linked(aside, file);
  await rm(aside, { force: true });
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
