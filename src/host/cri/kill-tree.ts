import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import { type ProcessStat, readAllStats } from '../process-stat.ts';

/** How often the tree is looked at until nothing of it is left. */
const ROUNDS_MAX = 40;
const ROUND_MS = 5;

/**
 * The living processes of the tree that `root` leads, leaves first: its session, which runc makes
 * for each process it starts, and all descendants, which may have sessions of their own.
 */
export function treeOf(root: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const members = new Map<number, ProcessStat>();
  for (const stat of all)
    if (stat.session === root || stat.pid === root) members.set(stat.pid, stat);
  for (let grown = true; grown; ) {
    grown = false;
    for (const stat of all) {
      if (members.has(stat.pid) || !members.has(stat.parent)) continue;
      members.set(stat.pid, stat);
      grown = true;
    }
  }
  const living = [...members.values()].filter((stat) => !stat.zombie);
  const parents = new Set(living.map((stat) => stat.parent));
  return living.sort((a, b) => Number(parents.has(a.pid)) - Number(parents.has(b.pid)));
}

/**
 * Kills a process with all it started and waits until all are gone.
 *
 * Leaves are killed first, and their parents only once they have collected them: an orphan
 * passes to the container's first process, which often collects nobody, so that it would stay as a
 * zombie until the container ends.
 *
 * Answers false when something survived, such as a process in uninterruptible sleep.
 */
export async function killTree(root: number, clock: Clock): Promise<boolean> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const tree = treeOf(root, readAllStats());
    if (tree.length === 0) return true;
    const parents = new Set(tree.map((stat) => stat.parent));
    const leaves = tree.filter((stat) => !parents.has(stat.pid));
    // A parent that starts new leaves faster than they die must go first after all.
    for (const { pid } of round < ROUNDS_MAX / 2 ? leaves : tree) kill(pid);
    await sleep(clock, ROUND_MS);
  }
  return treeOf(root, readAllStats()).length === 0;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
