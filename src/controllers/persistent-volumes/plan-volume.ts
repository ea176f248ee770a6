import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/types.ts';
import { volumeAnnotations } from '../../objects/core/volume-facts.ts';
import { goQuote } from '../../objects/go-quote.ts';
import type { Telling } from './plan-claim.ts';

export type VolumePlan =
  | { readonly type: 'phase'; readonly phase: 'Available' | 'Bound' }
  /** Its claim is to be looked at: the two are about to be bound. */
  | { readonly type: 'claim' }
  /** Its claim went to another volume. */
  | { readonly type: 'unbind' }
  /** Its claim is gone. `failure` says why nobody will reclaim it; null where that is in order. */
  | { readonly type: 'release'; readonly failure: Telling | null };

/**
 * What is to be done for a volume: upstream's syncVolume.
 *
 * @param claim the one that `spec.claimRef` names with its uid, if it is there
 */
export function planVolume(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim | undefined,
): VolumePlan {
  const { claimRef } = volume.spec;
  if (!claimRef?.uid) {
    // Reserved for a claim by its name, it is there for that claim alone.
    return claimRef !== undefined && claim !== undefined && !claim.spec.volumeName
      ? { type: 'claim' }
      : { type: 'phase', phase: 'Available' };
  }
  if (claim === undefined) return release(volume);
  if (!claim.spec.volumeName) return { type: 'claim' };
  if (claim.spec.volumeName === volume.metadata.name) return { type: 'phase', phase: 'Bound' };
  const isProvisioned = provisionerOf(volume) !== undefined;
  if (isProvisioned && volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
    return release(volume);
  }
  return { type: 'unbind' };
}

function provisionerOf({ metadata }: PersistentVolume): string | undefined {
  return metadata.annotations?.[volumeAnnotations.provisionedBy];
}

function release(volume: PersistentVolume): VolumePlan {
  const { persistentVolumeReclaimPolicy: policy } = volume.spec;
  let failure: Telling | null = null;
  if (policy === 'Recycle') {
    const message = 'No recycler plugin found for the volume!';
    failure = { type: 'Warning', reason: 'VolumeFailedRecycle', message };
  } else if (policy === 'Delete' && provisionerOf(volume) === undefined) {
    const message =
      `error getting deleter volume plugin for volume ${goQuote(volume.metadata.name ?? '')}: ` +
      'no deletable volume plugin matched';
    failure = { type: 'Warning', reason: 'VolumeFailedDelete', message };
  }
  return { type: 'release', failure };
}

/** The volume without its claim; one that a user chose by name stays reserved for that name. */
export function unbound(volume: PersistentVolume): PersistentVolume {
  const { boundByController } = volumeAnnotations;
  const { claimRef, ...spec } = volume.spec;
  const annotations = { ...volume.metadata.annotations };
  if (annotations[boundByController] === undefined) {
    return { ...volume, spec: { ...spec, claimRef: { ...claimRef, uid: undefined } } };
  }
  delete annotations[boundByController];
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec };
}
