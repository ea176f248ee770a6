import type { Pod, Volume } from '../../generated/types.ts';
import type { NodeContext } from '../node-context.ts';

/** A volume that cannot be mounted (yet): its message says why, without naming the volume. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

/** What a volume knows of its surroundings. */
export interface VolumeContext {
  readonly pod: Pod;
  readonly node: NodeContext;
}

/** A volume that containers may use. */
export interface MountedVolume {
  /** Absolute on the node. */
  readonly path: string;
}

/** One sort of volume, such as emptyDir. */
export interface VolumeType {
  /**
   * Makes a volume ready for the pod's containers. Called again before each sandbox, and after a
   * restart of the daemon: what is there already must stay as it is or be brought up to date.
   *
   * @throws MountError when it cannot be mounted; it is tried again later
   */
  mount(volume: Volume, context: VolumeContext): Promise<MountedVolume>;
}
