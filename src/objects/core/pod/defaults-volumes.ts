import type {
  ObjectFieldSelector,
  ResourceFieldSelector,
  Volume,
} from '../../../generated/types.ts';
import { defaultPullPolicy } from './image-name.ts';
import { normalizeQuantities } from './resource-list.ts';

/** 0644: files of secrets, config maps and the like are readable by all in the container. */
const MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** Fills in a fieldRef. */
export function defaultFieldRef(ref: ObjectFieldSelector | undefined): void {
  if (ref !== undefined) ref.apiVersion ||= 'v1';
}

/** Fills in a resourceFieldRef: a quantity is always written out. */
export function defaultResourceFieldRef(ref: ResourceFieldSelector | undefined): void {
  if (ref !== undefined) ref.divisor ??= '0';
}

type DownwardFile = {
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
};

function defaultDownwardFiles(files: readonly DownwardFile[] | undefined): void {
  for (const file of files ?? []) {
    defaultFieldRef(file.fieldRef);
    defaultResourceFieldRef(file.resourceFieldRef);
  }
}

function hasSource(volume: Volume): boolean {
  for (const field in volume) {
    if (field !== 'name' && volume[field as keyof Volume] !== undefined) return true;
  }
  return false;
}

/** Fills in a volume and its source; one without source is an emptyDir. */
export function defaultVolume(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= MODE;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= MODE;
    defaultDownwardFiles(volume.downwardAPI.items);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= MODE;
    for (const source of volume.projected.sources ?? []) {
      defaultDownwardFiles(source.downwardAPI?.items);
      if (source.serviceAccountToken)
        source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    }
  }
  if (volume.image) {
    volume.image.pullPolicy ||= defaultPullPolicy(volume.image.reference ?? '');
  }
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) {
    claim.volumeMode ??= 'Filesystem';
    normalizeQuantities(claim.resources?.requests);
    normalizeQuantities(claim.resources?.limits);
  }
  defaultNetworkVolume(volume);
}

/** The declared defaults of sources that need a driver or a cloud. */
function defaultNetworkVolume(volume: Volume): void {
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= 'default';
  if (volume.rbd) {
    volume.rbd.pool ||= 'rbd';
    volume.rbd.user ||= 'admin';
    volume.rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (volume.azureDisk) {
    volume.azureDisk.cachingMode ??= 'ReadWrite';
    volume.azureDisk.kind ??= 'Shared';
    volume.azureDisk.fsType ??= 'ext4';
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= 'ThinProvisioned';
    volume.scaleIO.fsType ||= 'xfs';
  }
}
