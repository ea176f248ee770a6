import { formatTime } from '../../base/clock.ts';
import type { PersistentVolume } from '../../generated/types.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain } from '../names.ts';
import { volumeCells, volumeColumns } from './persistent-volume-table.ts';
import { validateVolume, validateVolumeUpdate } from './persistent-volume-validation.ts';
import { normalizeQuantities } from './pod/resource-list.ts';
import { volumeAnnotations } from './volume-facts.ts';

function setDefaults(volume: PersistentVolume): void {
  volume.spec ??= {};
  volume.status ??= {};
  const { spec, status } = volume;
  status.phase ||= 'Pending';
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  normalizeQuantities(spec.capacity);
  if (spec.hostPath) spec.hostPath.type ??= '';
  if (spec.iscsi) spec.iscsi.iscsiInterface ||= 'default';
  if (spec.rbd) {
    spec.rbd.pool ||= 'rbd';
    spec.rbd.user ||= 'admin';
    spec.rbd.keyring ||= '/etc/ceph/keyring';
  }
}

const OLD_MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';

function warningsOf({ metadata, spec }: PersistentVolume): string[] {
  const warnings: string[] = [];
  const annotations = metadata.annotations ?? {};
  const { oldClass } = volumeAnnotations;
  const at = (key: string) => `metadata.annotations[${key}]`;
  if (oldClass in annotations) {
    warnings.push(
      `${at(oldClass)}: deprecated since v1.8; use "storageClassName" attribute instead`,
    );
  }
  if (OLD_MOUNT_OPTIONS in annotations) {
    const text = 'deprecated since v1.31; use "mountOptions" attribute instead';
    warnings.push(`${at(OLD_MOUNT_OPTIONS)}: ${text}`);
  }
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    warnings.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. ' +
        'Instead, the recommended approach is to use dynamic provisioning.',
    );
  }
  return warnings;
}

/** PersistentVolumes: storage that outlives pods and claims. */
export const persistentVolumeKind = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  categories: [],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',

  validateName: dns1123Subdomain,
  defaults: setDefaults,
  prepareForCreate(volume, { now }) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) };
  },
  validate: validateVolume,
  warnings: warningsOf,
  update: {
    prepareForUpdate(volume, old) {
      volume.status = old.status;
    },
    validateUpdate: validateVolumeUpdate,
  },
  subresources: {
    status: {
      type: 'object',
      prepareForUpdate(volume, old, { now }) {
        volume.spec = old.spec;
        const { status = {} } = volume;
        const isSame = status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime;
        if (status.phase === old.status?.phase) return;
        if (status.lastPhaseTransitionTime && !isSame) return;
        volume.status = { ...status, lastPhaseTransitionTime: formatTime(now) };
      },
      validateUpdate: validateVolumeUpdate,
    },
  },

  columns: volumeColumns,
  cells: volumeCells,
});
