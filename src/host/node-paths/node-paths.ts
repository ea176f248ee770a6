import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import type { NodePaths, PathKind, SubPath } from '../../kubelet/node-paths.ts';
import { setGroup } from './set-group.ts';
import { SubPaths } from './sub-paths.ts';

/** Paths of this machine. */
export class HostNodePaths implements NodePaths {
  readonly #subPaths: SubPaths;

  /** @param home absolute path of the cluster's folder */
  constructor(home: string) {
    this.#subPaths = new SubPaths(home);
  }

  async kindOf(path: string): Promise<PathKind | null> {
    try {
      const found = await stat(path);
      if (found.isDirectory()) return 'directory';
      if (found.isFile()) return 'file';
      if (found.isSocket()) return 'socket';
      if (found.isCharacterDevice()) return 'character device';
      return found.isBlockDevice() ? 'block device' : 'other';
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw error;
    }
  }

  async makeDirectory(path: string, mode: number): Promise<void> {
    const made = await mkdir(path, { recursive: true, mode });
    // The mode passed through the umask.
    if (made !== undefined) await chmod(path, mode);
  }

  async makeFile(path: string, mode: number): Promise<void> {
    await writeFile(path, '', { flag: 'a', mode });
    await chmod(path, mode);
  }

  makeSubPath(subPath: SubPath): Promise<void> {
    return this.#subPaths.make(subPath);
  }

  holdSubPath(subPath: SubPath): Promise<string> {
    return this.#subPaths.hold(subPath);
  }

  setGroup(path: string, group: number, onlyOnMismatch: boolean): Promise<void> {
    return setGroup(path, group, onlyOnMismatch);
  }
}
