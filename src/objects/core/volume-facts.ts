import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../generated/types.ts';
import { parseQuantity } from '../quantity.ts';

/** Annotations by which binder, scheduler and provisioners work together: upstream's names. */
export const volumeAnnotations = {
  /** On a claim: its binding is whole. */
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  /** On either: the binder chose the other side, not a user. */
  boundByController: 'pv.kubernetes.io/bound-by-controller',
  /** On a volume: who made it. */
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  /** On a claim: the node whose pod waits for it. */
  selectedNode: 'volume.kubernetes.io/selected-node',
  /** On a claim: who is to make its volume, and the name older provisioners know. */
  provisioner: 'volume.kubernetes.io/storage-provisioner',
  oldProvisioner: 'volume.beta.kubernetes.io/storage-provisioner',
  /** On either, in place of spec.storageClassName, before Kubernetes 1.6. */
  oldClass: 'volume.beta.kubernetes.io/storage-class',
  /** On a class: claims that name none get it. */
  defaultClass: 'storageclass.kubernetes.io/is-default-class',
  oldDefaultClass: 'storageclass.beta.kubernetes.io/is-default-class',
} as const;

/** Holds a claim while pods use it. */
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
/** Holds a volume while it is bound. */
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';

/** In upstream's (sorted) order. */
export const ACCESS_MODES: readonly string[] = [
  'ReadOnlyMany',
  'ReadWriteMany',
  'ReadWriteOnce',
  'ReadWriteOncePod',
];

const SHORT_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

/** `RWO,ROX`, as tables show access modes. */
export function accessModesText(modes: readonly string[] | undefined): string {
  const shown = SHORT_MODES.filter(([mode]) => modes?.includes(mode));
  return shown.map(([, short]) => short).join(',');
}

type Classed = PersistentVolume | PersistentVolumeClaim;

/** The name of the class of a volume or claim; '' for none. */
export function storageClassOf({ metadata, spec }: Classed): string {
  return metadata.annotations?.[volumeAnnotations.oldClass] ?? spec.storageClassName ?? '';
}

/** Whether a claim leaves its class to the cluster: '' would be a choice. */
export function leavesClassOpen({ metadata, spec }: PersistentVolumeClaim): boolean {
  const named = metadata.annotations?.[volumeAnnotations.oldClass];
  return named === undefined && spec.storageClassName === undefined;
}

/** Whether claims without a class get this one. */
export function isDefaultClass({ metadata }: StorageClass): boolean {
  const { defaultClass, oldDefaultClass } = volumeAnnotations;
  const annotations = metadata.annotations ?? {};
  return annotations[defaultClass] === 'true' || annotations[oldDefaultClass] === 'true';
}

/** Whether claims of this class wait for a pod. */
export function waitsForConsumer(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** Whether a claim has its volume for good. */
export function isClaimBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  const completed = metadata.annotations?.[volumeAnnotations.bindCompleted] !== undefined;
  return Boolean(spec.volumeName) && completed;
}

/** Whether a volume names this claim; one that a user wrote down need not know its uid. */
export function isVolumeFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim) {
  const { claimRef } = spec;
  if (claimRef === undefined) return false;
  const isSame = claimRef.name === metadata.name && claimRef.namespace === metadata.namespace;
  return isSame && (!claimRef.uid || claimRef.uid === metadata.uid);
}

/** Billionths of a byte that a claim asks for. */
export function requestedStorage({ spec }: PersistentVolumeClaim): bigint {
  return parseQuantity(spec.resources?.requests?.storage ?? '0').nanos;
}

/** Billionths of a byte that a volume has. */
export function storageCapacity({ spec }: PersistentVolume): bigint {
  return parseQuantity(spec.capacity?.storage ?? '0').nanos;
}
