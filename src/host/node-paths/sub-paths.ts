import { chmod, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { SubPath } from '../../kubelet/node-paths.ts';
import { runCommand } from '../command.ts';
import { mountsUnder, unmountUnder } from '../containerd/mounts.ts';
import { openInside, pathOf } from './open-inside.ts';

/**
 * Parts of volumes, held by bind mounts under the pod's folder as upstream holds them: a mount is
 * of the place that was checked, and no link that is made later changes it.
 */
export class SubPaths {
  readonly #pods: string;

  constructor(home: string) {
    this.#pods = join(home, 'pods');
  }

  async make({ root, path }: SubPath): Promise<void> {
    const base = await realpath(root);
    const { mode } = await stat(base);
    const names = partsOf(path);
    let present = names.length;
    while (present > 0 && !(await exists(join(base, ...names.slice(0, present))))) present -= 1;
    if (present === names.length) return;
    const start = within(base, await realpath(join(base, ...names.slice(0, present))));
    const made = await openInside(base, start);
    await made.close();
    const missing = names.slice(present);
    for (let count = 1; count <= missing.length; count++) {
      const handle = await openInside(base, [...start, ...missing.slice(0, count)], mode & 0o7777);
      // The mode passed through the umask.
      await chmod(pathOf(handle), mode & 0o7777).finally(() => handle.close());
    }
  }

  async hold(subPath: SubPath): Promise<string> {
    const { root, path, podUid, volume, container, index } = subPath;
    const base = await realpath(root);
    const names = within(base, await realpath(join(base, ...partsOf(path))));
    const target = join(this.#pods, podUid, 'volume-subpaths', volume, container, String(index));
    const handle = await openInside(base, names);
    try {
      const wanted = await handle.stat();
      if (await isHeld(target, wanted)) return target;
      await unmountUnder(target);
      await mkdir(dirname(target), { recursive: true, mode: 0o750 });
      if (wanted.isDirectory()) await mkdir(target, { recursive: true, mode: 0o750 });
      else await writeFile(target, '', { mode: 0o640 });
      const source = pathOf(handle, process.pid);
      await runCommand('mount', ['--no-canonicalize', '--bind', source, target]);
      return target;
    } finally {
      await handle.close();
    }
  }
}

function partsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`${path} leaves its volume`);
  return parts;
}

/** The names that lead from `base` to `path`. */
function within(base: string, path: string): string[] {
  const names = relative(base, path).split('/').filter(Boolean);
  if (names[0] === '..') throw new Error(`${path} is not in ${base}`);
  return names;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function isHeld(target: string, wanted: { dev: number; ino: number }): Promise<boolean> {
  if (!mountsUnder(target).includes(target)) return false;
  const held = await stat(target).catch(() => null);
  return held?.dev === wanted.dev && held.ino === wanted.ino;
}
