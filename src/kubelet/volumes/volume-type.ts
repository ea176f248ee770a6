import type { Pod, Volume } from '../../generated/types.ts';
import type { ConfigRef } from '../config-watch.ts';
import type { NodeContext } from '../node-context.ts';
import type { PodTokens } from './pod-tokens.ts';

/** A volume that cannot be mounted (yet): its message says why, without naming the volume. */
export class MountError extends Error {
  override readonly name = 'MountError';
  /** The message names the volume, or what stands behind it, already. */
  readonly isWhole: boolean;

  constructor(message: string, isWhole = false) {
    super(message);
    this.isWhole = isWhole;
  }
}

/** What a volume knows of its surroundings. */
export interface VolumeContext {
  readonly pod: Pod;
  readonly node: NodeContext;
  readonly tokens: PodTokens;
  /** Tells which revision of an object the volume shows; null when there is no such object. */
  saw(ref: ConfigRef, version: string | null): void;
}

/** A volume that containers may use. */
export interface MountedVolume {
  /** Absolute on the node. */
  readonly path: string;
  /** Containers can only read it, whatever their mounts say. */
  readonly readOnly?: boolean;
  /** Epoch ms at which it must be brought up to date, even if nothing changes till then. */
  readonly renewAt?: number;
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
  /** The objects that it shows: a change of one mounts it again. */
  refs?(volume: Volume, namespace: string): readonly ConfigRef[];
  /** Whether it shows the pod's own metadata: a change of these mounts it again. */
  showsPod?(volume: Volume): boolean;
}

/** Whether what a volume shows may change while its pod runs. */
export function isLive(type: VolumeType): boolean {
  return type.refs !== undefined || type.showsPod !== undefined;
}
