import { isReachable } from '../../objects/core/match-volume.ts';
import { decideClaims } from '../volumes/volume-demand.ts';
import type { Filter } from './filter.ts';

/** The node must reach the pod's volumes, or get one for each claim that waits for the pod. */
export const volumeBinding: Filter = {
  name: 'VolumeBinding',
  changes: ['node-added', 'node-labels', 'volumes'],
  check({ volumes }, { node }) {
    if (volumes === null) return null;
    const reasons: string[] = [];
    if (volumes.bound.some((volume) => !isReachable(volume, node))) {
      reasons.push("node(s) didn't match PersistentVolume's node affinity");
    }
    if (decideClaims(volumes, node) === null) {
      reasons.push("node(s) didn't find available persistent volumes to bind");
    }
    if (volumes.isVolumeMissing) {
      reasons.push('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
    }
    return reasons.length === 0 ? null : { reasons, final: true };
  },
};
