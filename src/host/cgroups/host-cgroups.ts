import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CgroupLimits, Cgroups, CgroupUsage } from '../../kubelet/edges.ts';
import { cgroupWrites, statValue } from './cgroup-files.ts';
import { type CgroupLayout, type Hierarchy, hierarchyOf } from './cgroup-layout.ts';
import { makeGroup } from './make-group.ts';

/** Controllers that are limited here. Where one is missing its limits cannot be set. */
const LIMITED = ['cpu', 'memory'] as const;

/** The control groups of this machine, whichever of v1, v2 and hybrid it has. */
export class HostCgroups implements Cgroups {
  readonly isUnified: boolean;
  readonly #layout: CgroupLayout;

  constructor(layout: CgroupLayout) {
    this.#layout = layout;
    this.isUnified = hierarchyOf(layout, 'memory')?.version === 2;
  }

  async set(path: string, limits: CgroupLimits): Promise<void> {
    for (const hierarchy of this.#limited()) {
      const folder = join(hierarchy.mount, path);
      await makeGroup(hierarchy, path, LIMITED);
      const isOwn = ({ controller }: { controller: string }) =>
        hierarchy.controllers.includes(controller);
      for (const { file, value } of cgroupWrites(limits, hierarchy.version).filter(isOwn)) {
        await writeFile(join(folder, file), value);
      }
    }
  }

  async remove(path: string): Promise<void> {
    await Promise.all(this.#layout.map(({ mount }) => removeTree(join(mount, path))));
  }

  async kill(path: string): Promise<void> {
    const pids = new Set(this.#layout.flatMap(({ mount }) => processesBelow(join(mount, path))));
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }

  async list(path: string): Promise<string[]> {
    return [...new Set(this.#layout.flatMap(({ mount }) => foldersIn(join(mount, path))))];
  }

  async usage(path: string): Promise<CgroupUsage | null> {
    try {
      const [cpuNanos, memory, processes] = await Promise.all([
        this.#cpuNanos(path),
        this.#memory(path),
        this.#read('pids', path, 'pids.current').then(Number, () => 0),
      ]);
      return { cpuNanos, ...memory, processes };
    } catch (error) {
      if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return null;
      throw error;
    }
  }

  async #cpuNanos(path: string): Promise<number> {
    if (hierarchyOf(this.#layout, 'cpuacct') !== undefined) {
      return Number(await this.#read('cpuacct', path, 'cpuacct.usage'));
    }
    return statValue(await this.#read('cpu', path, 'cpu.stat'), 'usage_usec') * 1000;
  }

  async #memory(path: string): Promise<{ memoryBytes: number; workingSetBytes: number }> {
    const { isUnified } = this;
    const [usage, stat] = await Promise.all([
      this.#read('memory', path, isUnified ? 'memory.current' : 'memory.usage_in_bytes'),
      this.#read('memory', path, 'memory.stat'),
    ]);
    const memoryBytes = Number(usage);
    // What the kernel can drop at once is not counted as in use, as upstream has it.
    const inactive = statValue(stat, isUnified ? 'inactive_file' : 'total_inactive_file');
    return { memoryBytes, workingSetBytes: Math.max(0, memoryBytes - inactive) };
  }

  async #read(controller: string, path: string, file: string): Promise<string> {
    const mount = hierarchyOf(this.#layout, controller)?.mount;
    if (mount === undefined) throw missing(controller);
    // No disk is behind it. Through other threads it would wake the process five times.
    return readFileSync(join(mount, path, file), 'utf8').trim();
  }

  #limited(): Hierarchy[] {
    const found = LIMITED.map((controller) => hierarchyOf(this.#layout, controller));
    return [...new Set(found.filter((hierarchy) => hierarchy !== undefined))];
  }
}

/** What a read of a group answers that has just gone. */
const GONE = new Set(['ENOENT', 'ENODEV']);

function missing(controller: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no cgroup controller ${controller}`), { code: 'ENOENT' });
}

async function removeTree(folder: string): Promise<void> {
  // Mostly nothing is below any more, and one call does it.
  if (await removeFolder(folder).catch(() => false)) return;
  for (const name of foldersIn(folder)) await removeTree(join(folder, name));
  await removeFolder(folder);
}

async function removeFolder(folder: string): Promise<boolean> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  return true;
}

/** Those of other pid namespaces, which have the number 0 here, are left out. */
function processesBelow(folder: string): number[] {
  let own = '';
  try {
    own = readFileSync(join(folder, 'cgroup.procs'), 'utf8');
  } catch {
    // The group has gone, or is not there in this tree.
  }
  const pids = own.split('\n').map(Number);
  const below = foldersIn(folder).flatMap((name) => processesBelow(join(folder, name)));
  return [...pids.filter((pid) => pid > 0), ...below];
}

/** As with files: no disk is behind a folder of groups, and an idle node looks at thirty. */
function foldersIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
