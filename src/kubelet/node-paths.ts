/** What a path of the node leads to, links followed. */
export type PathKind =
  | 'directory'
  | 'file'
  | 'socket'
  | 'character device'
  | 'block device'
  | 'other';

/** A part of a volume that a container mounts. */
export interface SubPath {
  readonly podUid: string;
  readonly volume: string;
  readonly container: string;
  /** Of the mount in its container. */
  readonly index: number;
  /** The volume's own path on the node. */
  readonly root: string;
  /** Relative, below the volume. */
  readonly path: string;
}

/** What the kubelet does to paths of the node that are not its own files. */
export interface NodePaths {
  /** Null where nothing is. */
  kindOf(path: string): Promise<PathKind | null>;
  /** Makes a folder, its parents too. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Makes an empty file in a folder that is there. */
  makeFile(path: string, mode: number): Promise<void>;
  /**
   * Makes the part of the volume, a folder with the volume's own mode, where it is not there.
   *
   * @throws where it would not be in the volume, through a symbolic link for instance
   */
  makeSubPath(subPath: SubPath): Promise<void>;
  /**
   * Answers a path that leads to the part of the volume and will not lead elsewhere, whatever the
   * pod's processes do meanwhile. It goes with the pod's folder. Safe to repeat.
   *
   * @throws where it is not in the volume
   */
  holdSubPath(subPath: SubPath): Promise<string>;
  /**
   * Gives a volume with all that is in it to a group, which may then write to it.
   *
   * @param onlyOnMismatch whether to leave all as it is where the volume's root is so already
   */
  setGroup(path: string, group: number, onlyOnMismatch: boolean): Promise<void>;
}
