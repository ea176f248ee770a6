import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel counts for one process. */
export interface Usage {
  readonly residentBytes: number;
  readonly writtenBytes: number;
  /** Calls of write, to files, pipes and sockets alike. */
  readonly writeCalls: number;
  /** How often its threads went to sleep of themselves, and so were woken. */
  readonly wakeUps: number;
}

/** Reads /proc of one process. */
export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const io = readFileSync(`/proc/${pid}/io`, 'utf8');
  const wakeUps = ofThreads(pid, 'status', (text) =>
    Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0),
  );
  return {
    residentBytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
    writtenBytes: Number(/^write_bytes: (\d+)/m.exec(io)?.[1] ?? 0),
    writeCalls: Number(/^syscw: (\d+)/m.exec(io)?.[1] ?? 0),
    wakeUps,
  };
}

/** CPU time of a process's threads, in milliseconds: schedstat counts it in nanoseconds. */
export function cpuMsOf(pid: number): number {
  return ofThreads(pid, 'schedstat', (text) => Number(text.split(' ')[0]) / 1e6);
}

/**
 * CPU time of a process and of those of its children that have ended, in milliseconds, to the
 * hundredth of a second that the kernel counts these in.
 */
export function cpuMsWithChildren(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before the bracket may hold anything; utime is the twelfth field after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

/** How long a process's main thread, ready to run, has waited for a CPU, in milliseconds. */
export function cpuWaitMsOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
}

/** The processes whose command line holds `text`. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        // It has ended since the folder was read.
        return false;
      }
    });
}

function ofThreads(pid: number, file: string, read: (text: string) => number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += read(readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8'));
    } catch {
      // The thread has ended since the folder was read.
    }
  }
  return sum;
}
