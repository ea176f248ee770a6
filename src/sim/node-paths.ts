import type { NodePaths, PathKind } from '../kubelet/node-paths.ts';
import type { SimDisk } from './disk.ts';

/** The node's paths on a simulated disk: a path that was not made as a file is a folder. */
export function simNodePaths(disk: SimDisk): NodePaths {
  const kind = (path: string): PathKind => (disk.files.has(path) ? 'file' : 'directory');
  return {
    kindOf: (path) => Promise.resolve(kind(path)),
    makeDirectory: () => Promise.resolve(),
    makeFile(path) {
      disk.files.set(path, disk.files.get(path) ?? '');
      return Promise.resolve();
    },
    makeSubPath: () => Promise.resolve(),
    holdSubPath: ({ root, path }) => Promise.resolve(`${root}/${path}`),
    setGroup: () => Promise.resolve(),
  };
}
