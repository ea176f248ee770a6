import { readdirSync, readFileSync } from 'node:fs';

/** A process as /proc/PID/stat shows it. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly zombie: boolean;
  /** Start in clock ticks since boot: with the pid it names a process until the next boot. */
  readonly startTicks: number;
}

/** Reads a line of /proc/PID/stat; null when it is not one. The name in it may hold anything. */
export function parseStat(line: string): ProcessStat | null {
  const nameEnd = line.lastIndexOf(')');
  if (nameEnd < 0) return null;
  const fields = line.slice(nameEnd + 2).split(' ');
  return {
    pid: Number.parseInt(line, 10),
    parent: Number(fields[1]),
    session: Number(fields[3]),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
    startTicks: Number(fields[19]),
  };
}

/** The process with this id, or null when there is none. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** The id of this boot of the machine. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/**
 * When a process started, as boot and clock ticks since: with the pid it names the process for good.
 * null when there is no such process, or it has ended; '' where the system has no /proc.
 */
export function processStart(pid: number): string | null {
  if (process.platform !== 'linux') return isThere(pid) ? '' : null;
  const stat = readStat(pid);
  return stat === null || stat.zombie ? null : `${bootId()}/${stat.startTicks}`;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** All processes of the machine. */
export function readAllStats(): ProcessStat[] {
  return processIds()
    .map((pid) => readStat(pid))
    .filter((stat) => stat !== null);
}

/** The ids of all processes of the machine. */
export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The arguments of a process; none when it is gone or a kernel thread. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
