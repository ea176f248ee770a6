import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
} from '../../generated/types.ts';
import { isVolumeFor, volumeAnnotations } from '../../objects/core/volume-facts.ts';

const { bindCompleted, boundByController } = volumeAnnotations;

/** The volume as it is when it is bound to `claim`; null when it is so already. */
export function boundVolume(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): PersistentVolume | null {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  if (volume.spec.claimRef?.uid === uid && isVolumeFor(volume, claim)) return null;
  const isOurs = volume.spec.claimRef === undefined;
  const annotations = {
    ...volume.metadata.annotations,
    ...(isOurs ? { [boundByController]: 'yes' } : {}),
  };
  const claimRef = {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    namespace,
    name,
    uid,
    resourceVersion,
  };
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: { ...volume.spec, claimRef },
  };
}

/** The claim as it is when it is bound to `volume`; null when it is so already. */
export function boundClaim(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
): PersistentVolumeClaim | null {
  const present = claim.metadata.annotations ?? {};
  const isOurs = !claim.spec.volumeName;
  if (!isOurs && bindCompleted in present) return null;
  const annotations = {
    ...present,
    ...(isOurs ? { [boundByController]: 'yes' } : {}),
    [bindCompleted]: 'yes',
  };
  return {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
  };
}

/** The status of a claim that becomes bound; null when it is so already. Later growth is not ours. */
export function boundStatus(
  claim: PersistentVolumeClaim,
  { spec }: PersistentVolume,
): PersistentVolumeClaimStatus | null {
  if (claim.status?.phase === 'Bound') return null;
  const { accessModes, capacity } = spec;
  return { ...claim.status, phase: 'Bound', accessModes, capacity };
}

/** The status of a claim that is not bound, or no more; null when it is so already. */
export function unboundStatus(
  { status }: PersistentVolumeClaim,
  phase: 'Pending' | 'Lost',
): PersistentVolumeClaimStatus | null {
  if (status?.phase === phase) return null;
  const { accessModes: _modes, capacity: _capacity, ...rest } = status ?? {};
  return { ...rest, phase };
}
