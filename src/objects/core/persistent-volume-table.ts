import type { PersistentVolume } from '../../generated/types.ts';
import { humanAge } from '../human-duration.ts';
import type { CellsOf, Column } from '../kind.ts';
import { ageColumn, column, nameColumn, wideColumn } from './table-columns.ts';
import { accessModesText, storageClassOf } from './volume-facts.ts';
import { volumeTexts } from './volume-texts.ts';

/** The columns of `kubectl get persistentvolumes`. */
export const volumeColumns: readonly Column[] = [
  nameColumn,
  column('Capacity', volumeTexts.capacity),
  column('Access Modes', volumeTexts.accessModes),
  column('Reclaim Policy', volumeTexts.reclaimPolicy),
  column('Status', volumeTexts.phase),
  column('Claim', volumeTexts.claimRef),
  column('StorageClass', 'StorageClass of the pv'),
  column('VolumeAttributesClass', 'VolumeAttributesClass of the pv'),
  column('Reason', volumeTexts.reason),
  ageColumn,
  wideColumn('VolumeMode', volumeTexts.volumeMode),
];

/** The row of one PersistentVolume. */
export const volumeCells: CellsOf<PersistentVolume> = (volume, now) => {
  const { metadata, spec, status } = volume;
  const { claimRef } = spec;
  return [
    metadata.name ?? '',
    spec.capacity?.storage ?? '0',
    accessModesText(spec.accessModes),
    spec.persistentVolumeReclaimPolicy ?? '',
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`,
    storageClassOf(volume),
    spec.volumeAttributesClassName ?? '<unset>',
    status?.reason ?? '',
    humanAge(metadata.creationTimestamp, now),
    spec.volumeMode ?? '<unset>',
  ];
};
