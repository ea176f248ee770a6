import { chmod, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { VolumeFolders } from '../controllers/local-path/volume-folders.ts';
import { unmountUnder } from './containerd/mounts.ts';

/** The folders of volumes under a cluster's folder: `volumes/pvc-UID_NAMESPACE_NAME`. */
export class HostVolumeFolders implements VolumeFolders {
  readonly #root: string;

  /** @param home absolute path of the cluster's folder */
  constructor(home: string) {
    this.#root = join(home, 'volumes');
  }

  async make(name: string): Promise<string> {
    const path = join(this.#root, name);
    this.#check(path);
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    await mkdir(path, { recursive: true });
    // mkdir's mode passes through the umask; the pod's user, whoever that is, shall write here.
    await chmod(path, 0o777);
    return path;
  }

  async remove(path: string): Promise<void> {
    this.#check(path);
    // A pod may have mounted something below, with mount propagation.
    await unmountUnder(path);
    await rm(path, { recursive: true, force: true });
  }

  async removeUnused(isUsed: (path: string) => boolean): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const path = join(this.#root, name);
      if (isUsed(path)) continue;
      // A folder with files in it was a volume that is kept: this leaves it alone.
      await rmdir(path).catch(() => {});
    }
  }

  /** A volume that somebody wrote by hand must not lead to other folders. */
  #check(path: string): void {
    if (dirname(path) === this.#root && join(path) === path) return;
    throw new Error(`${path} is not in ${this.#root}`);
  }
}
