import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import { type ProcessStat, readAllStats, readStat } from '../process-stat.ts';

/** How often the tree is looked at until nothing of it is left. */
const ROUNDS_MAX = 40;
const ROUND_MS = 5;
/** How often, within a round, it is looked whether what was killed is dead, and then collected. */
const LOOKS_MAX = 50;
const LOOK_MS = 2;

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
 * zombie until the container ends. Parents are stopped meanwhile: one that saw the first of its
 * children die might end before the next one has.
 *
 * Answers false when something survived, such as a process in uninterruptible sleep.
 */
export async function killTree(root: number, clock: Clock): Promise<boolean> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const tree = treeOf(root, readAllStats());
    if (tree.length === 0) return true;
    const parents = new Set(tree.map((stat) => stat.parent));
    const leaves = tree.filter((stat) => !parents.has(stat.pid));
    const others = tree.filter((stat) => parents.has(stat.pid));
    // A parent that starts new leaves faster than they die must go first after all.
    const isHopeless = round >= ROUNDS_MAX / 2;
    for (const { pid } of others) signal(pid, isHopeless ? 'SIGKILL' : 'SIGSTOP');
    for (const { pid } of leaves) signal(pid, 'SIGKILL');
    await until(() => !leaves.some(isAlive), clock);
    for (const { pid } of others) signal(pid, 'SIGCONT');
    // Killed before it has collected them, a parent would leave them to the first process.
    const ids = new Set(others.map(({ pid }) => pid));
    const children = leaves.filter(({ parent }) => ids.has(parent));
    if (!isHopeless) await until(() => !children.some(isThere), clock);
    await sleep(clock, ROUND_MS);
  }
  return treeOf(root, readAllStats()).length === 0;
}

async function until(condition: () => boolean, clock: Clock): Promise<void> {
  for (let look = 0; look < LOOKS_MAX && !condition(); look++) await sleep(clock, LOOK_MS);
}

function isThere({ pid, startTicks }: ProcessStat): boolean {
  return readStat(pid)?.startTicks === startTicks;
}

function isAlive(process: ProcessStat): boolean {
  return isThere(process) && readStat(process.pid)?.zombie === false;
}

function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}
