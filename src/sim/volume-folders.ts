import type { VolumeFolders } from '../controllers/local-path/volume-folders.ts';
import type { SimDisk } from './disk.ts';

const ROOT = '/sim/volumes';

/** The folders of volumes on a simulated disk. `folders` holds the paths of those there are. */
export class SimVolumeFolders implements VolumeFolders {
  readonly folders = new Set<string>();
  readonly #disk: SimDisk;

  constructor(disk: SimDisk) {
    this.#disk = disk;
  }

  make(name: string): Promise<string> {
    const path = `${ROOT}/${name}`;
    this.folders.add(path);
    return Promise.resolve(path);
  }

  remove(path: string): Promise<void> {
    if (!path.startsWith(`${ROOT}/`)) return Promise.reject(new Error(`${path} is not in ${ROOT}`));
    this.folders.delete(path);
    this.#disk.remove(path);
    return Promise.resolve();
  }

  removeUnused(isUsed: (path: string) => boolean): Promise<void> {
    for (const path of this.folders) if (!isUsed(path)) this.folders.delete(path);
    return Promise.resolve();
  }
}
