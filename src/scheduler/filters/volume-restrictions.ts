import type { Filter } from './filter.ts';

const REASON =
  'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';

/** A claim of mode ReadWriteOncePod is for one pod at a time, wherever that is. */
export const volumeRestrictions: Filter = {
  name: 'VolumeRestrictions',
  changes: ['node-added', 'pod-gone', 'volumes'],
  check({ volumes }) {
    return volumes?.isExclusiveTaken ? { reasons: [REASON], final: false } : null;
  },
};
