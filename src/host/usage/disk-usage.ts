import { existsSync } from 'node:fs';
import type { DiskUnit } from '../../kubelet/edges.ts';
import { runUnpreferred } from '../command.ts';

/** So many paths at most in one command. */
const BATCH = 200;

/**
 * What folders take of their file system; those that are not there are left out. du
 * walks them in a process of its own, for a minute at most: however much a pod wrote, the event
 * loop does not notice. Files of more than one name count once, other file systems not at all.
 */
export async function diskUsage(
  paths: readonly string[],
  unit: DiskUnit,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const present = paths.filter((path) => existsSync(path));
  for (let i = 0; i < present.length; i += BATCH) {
    const batch = present.slice(i, i + BATCH);
    // A file that goes while du walks makes it fail, having measured all the same.
    const measure = unit === 'bytes' ? '-B1' : '--inodes';
    const quiet = `du -x -s ${measure} -- "$@" 2>/dev/null || true`;
    const output = await runUnpreferred('sh', ['-c', quiet, 'du', ...batch]);
    for (const line of output.split('\n')) {
      const [amount = '', path = ''] = line.split('\t');
      if (path !== '') found.set(path, Number(amount));
    }
  }
  return found;
}
