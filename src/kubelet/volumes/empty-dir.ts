import { parseQuantity, wholeValue } from '../../objects/quantity.ts';
import type { VolumeType } from './volume-type.ts';

/** A folder that lives as long as its pod: on disk, or in memory for medium Memory. */
export const emptyDir: VolumeType = {
  async mount(volume, { pod, node }) {
    const { medium = '', sizeLimit } = volume.emptyDir ?? {};
    const path = await node.edges.files.emptyDir(pod.metadata.uid ?? '', volume.name, {
      medium,
      fsGroup: pod.spec.securityContext?.fsGroup,
      ...(sizeLimit === undefined ? {} : { sizeLimitBytes: wholeValue(parseQuantity(sizeLimit)) }),
    });
    return { path };
  },
};
