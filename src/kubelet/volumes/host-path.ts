import { goErrorText } from '../go-error-text.ts';
import type { NodePaths, PathKind } from '../node-paths.ts';
import { MountError, type VolumeType } from './volume-type.ts';

const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;

interface PathType {
  readonly kind: PathKind;
  /** As upstream's messages name it. */
  readonly name: string;
  make?(paths: NodePaths, path: string): Promise<void>;
}

const DIRECTORY: PathType = { kind: 'directory', name: 'directory' };
const FILE: PathType = { kind: 'file', name: 'file' };

/** By `hostPath.type`; the empty one takes whatever is there. */
const TYPES: Readonly<Record<string, PathType>> = {
  Directory: DIRECTORY,
  DirectoryOrCreate: {
    ...DIRECTORY,
    make: (paths, path) => paths.makeDirectory(path, DIRECTORY_MODE),
  },
  File: FILE,
  FileOrCreate: { ...FILE, make: (paths, path) => paths.makeFile(path, FILE_MODE) },
  Socket: { kind: 'socket', name: 'socket file' },
  CharDevice: { kind: 'character device', name: 'character device' },
  BlockDevice: { kind: 'block device', name: 'block device' },
};

/**
 * Sees to it that a path of the node is what its type says; makes it where the type says so.
 *
 * @throws MountError with upstream's text
 */
export async function checkHostPath(paths: NodePaths, path: string, type = ''): Promise<void> {
  const wanted = TYPES[type];
  if (wanted === undefined) {
    if (type === '') return;
    throw new MountError(`hostPath type check failed: ${type} is an invalid volume type`);
  }
  let kind = await paths.kindOf(path);
  if (kind === null && wanted.make !== undefined) {
    await wanted.make(paths, path).catch((error) => {
      throw new MountError(goErrorText(error));
    });
    kind = await paths.kindOf(path);
  }
  if (kind === wanted.kind) return;
  throw new MountError(`hostPath type check failed: ${path} is not a ${wanted.name}`);
}

/** A path of the node itself. */
export const hostPath: VolumeType = {
  async mount(volume, { node }) {
    const { path = '', type } = volume.hostPath ?? {};
    await checkHostPath(node.edges.paths, path, type);
    return { path };
  },
};
