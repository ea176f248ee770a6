import { readdirSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { readStat } from './process-stat.ts';

/** A nice value: nine times the weight of a process that asked for nothing. */
const PREFERRED = -10;

/**
 * Has the kernel prefer this process when others want the CPU as well: a cluster whose containers
 * are busy, or starting by the dozen, must still answer and probe in time. It is preferred to what
 * is in the same cpu group, as runc and the shims are; the groups of pods have their own weights.
 * Whoever chose a priority for this process keeps it, and where the machine does not allow another
 * all stays as it was.
 *
 * What this process starts from then on inherits the preference; see {@link unpreferred}.
 */
export function preferThisProcess(): void {
  if (getPriority() !== 0) return;
  try {
    // A priority is a thread's, and the store's and the collector's threads must not lag behind.
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), PREFERRED);
    // Where the kernel shares the CPU out by sessions first, it weighs processes only within one.
    // The session of somebody's terminal is not ours to prefer.
    if (readStat(process.pid)?.session === process.pid) {
      writeFileSync('/proc/self/autogroup', String(PREFERRED));
    }
  } catch {
    // No right to, or a kernel without such groups.
  }
}

/** The command that runs `command` with no preference, whatever this process has. */
export function unpreferred(command: string): readonly [string, ...string[]] {
  const priority = getPriority();
  return priority < 0 ? ['nice', '-n', String(-priority), command] : [command];
}
