import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import { commandLine, processIds, readAllStats } from '../process-stat.ts';
import type { ContainerdLayout } from './layout.ts';

const SHIM = 'containerd-shim-runc-v2';
const ROUNDS_MAX = 500;
const ROUND_MS = 10;

/** The sockets of this containerd's shims: they lie in a folder that all containerds share. */
export function shimSockets(layout: ContainerdLayout): string[] {
  const bundles = join(layout.state, 'io.containerd.runtime.v2.task', 'k8s.io');
  // containerd 1.6 notes it alone, later ones among other things.
  const notes = foldersIn(bundles).flatMap((id) =>
    ['address', 'bootstrap.json'].map((name) => readText(join(bundles, id, name))),
  );
  const paths = notes.map((note) => /unix:\/\/(\/[^"\s]+)/.exec(note)?.[1] ?? '');
  return [...new Set(paths)].filter((path) => path !== '');
}

/** The shims that report to this containerd, wherever their process is in its life. */
export function shimPids(layout: ContainerdLayout): number[] {
  return processIds().filter((pid) => {
    const args = commandLine(pid);
    return (args[0] ?? '').endsWith(SHIM) && args.includes(layout.socket);
  });
}

/**
 * Kills all shims of this containerd with every process below them and waits until they are gone.
 *
 * @throws Error when a process survives for five seconds
 */
export async function killShims(layout: ContainerdLayout, clock: Clock): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const shims = shimPids(layout);
    if (shims.length === 0) return;
    // Containers first: without their shim they would belong to nobody and not be found again.
    const below = descendants(shims);
    for (const pid of below.length > 0 ? below : shims) kill(pid);
    await sleep(clock, ROUND_MS);
  }
  throw new Error(`processes of containers survive: ${shimPids(layout).join(', ')}`);
}

function descendants(roots: readonly number[]): number[] {
  const all = readAllStats();
  const found = new Set(roots);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (found.has(pid) || !found.has(parent)) continue;
      found.add(pid);
      grown = true;
    }
  }
  const living = all.filter(({ pid, zombie }) => found.has(pid) && !zombie).map(({ pid }) => pid);
  return living.filter((pid) => !roots.includes(pid));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
