import type { VolumeType } from './volume-type.ts';

/** A path of the node itself. */
export const hostPath: VolumeType = {
  mount: async (volume) => ({ path: volume.hostPath?.path ?? '' }),
};
