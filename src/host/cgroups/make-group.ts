import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Hierarchy } from './cgroup-layout.ts';

/** Where the processes of a container go whose root group is to have groups below it. */
const EVACUATED = 'init';
/** Processes that are being forked meanwhile come into the root again: so often it is looked at. */
const EVACUATION_ROUNDS_MAX = 5;

/**
 * Makes a group with its ancestors; with v2 these must hand their controllers down.
 *
 * @throws Error that names a needed controller which cannot be handed down
 */
export async function makeGroup(
  hierarchy: Hierarchy,
  path: string,
  needed: readonly string[],
): Promise<void> {
  const { mount, version } = hierarchy;
  await mkdir(join(mount, path), { recursive: true });
  if (version === 1) return;
  const ancestors: string[] = [];
  for (let at = dirname(path); at !== '/' && at !== '.'; at = dirname(at)) ancestors.unshift(at);
  await handDown(hierarchy, '', needed, true);
  for (const ancestor of ancestors) await handDown(hierarchy, ancestor, needed, false);
}

async function handDown(
  { mount, controllers }: Hierarchy,
  group: string,
  needed: readonly string[],
  isTop: boolean,
): Promise<void> {
  const folder = join(mount, group);
  const file = join(folder, 'cgroup.subtree_control');
  const enabled = new Set((await readFile(file, 'utf8')).trim().split(' '));
  const missing = controllers.filter((controller) => !enabled.has(controller));
  // Before any is handed down: after a threaded one, such as cpu, the kernel refuses the others.
  if (isTop && missing.some((controller) => needed.includes(controller))) await makeRoom(mount);
  for (const controller of missing) {
    await writeFile(file, `+${controller}`).catch((error) => {
      // One that is not needed must not stop the others.
      if (!needed.includes(controller)) return;
      throw new Error(`${folder} cannot hand its controller ${controller} down: ${error}`);
    });
  }
}

/**
 * Moves the processes of a tree's root into a group below it. A container sees its own group as the
 * root, with its processes in it; the kernel lets no group but the machine's own root have both
 * processes and groups with controllers.
 */
async function makeRoom(mount: string): Promise<void> {
  // The machine's own root lacks this file.
  if (!existsSync(join(mount, 'cgroup.type'))) return;
  const target = join(mount, EVACUATED);
  for (let round = 0; round < EVACUATION_ROUNDS_MAX; round++) {
    const pids = (await readFile(join(mount, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean);
    if (pids.length === 0) return;
    await mkdir(target, { recursive: true });
    for (const pid of pids) {
      // One that has just ended is where it should be.
      await writeFile(join(target, 'cgroup.procs'), pid).catch(() => {});
    }
  }
}
