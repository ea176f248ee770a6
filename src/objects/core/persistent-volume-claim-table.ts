import type { PersistentVolumeClaim } from '../../generated/types.ts';
import { humanAge } from '../human-duration.ts';
import type { CellsOf, Column } from '../kind.ts';
import { ageColumn, column, nameColumn, wideColumn } from './table-columns.ts';
import { accessModesText, storageClassOf } from './volume-facts.ts';
import { volumeTexts } from './volume-texts.ts';

/** The columns of `kubectl get persistentvolumeclaims`. */
export const claimColumns: readonly Column[] = [
  nameColumn,
  column('Status', volumeTexts.claimPhase),
  column('Volume', volumeTexts.claimVolumeName),
  column('Capacity', volumeTexts.claimCapacity),
  column('Access Modes', volumeTexts.claimAccessModes),
  column('StorageClass', 'StorageClass of the pvc'),
  column('VolumeAttributesClass', 'VolumeAttributesClass of the pvc'),
  ageColumn,
  wideColumn('VolumeMode', volumeTexts.claimVolumeMode),
];

/** The row of one PersistentVolumeClaim. */
export const claimCells: CellsOf<PersistentVolumeClaim> = (claim, now) => {
  const { metadata, spec, status } = claim;
  const hasVolume = Boolean(spec.volumeName);
  return [
    metadata.name ?? '',
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    spec.volumeName ?? '',
    hasVolume ? (status?.capacity?.storage ?? '0') : '',
    hasVolume ? accessModesText(status?.accessModes) : '',
    storageClassOf(claim),
    spec.volumeAttributesClassName ?? '<unset>',
    humanAge(metadata.creationTimestamp, now),
    spec.volumeMode ?? '<unset>',
  ];
};
