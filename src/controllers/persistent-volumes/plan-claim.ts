import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../generated/types.ts';
import { matchVolume, unfitness } from '../../objects/core/match-volume.ts';
import {
  isClaimBound,
  isVolumeFor,
  storageClassOf,
  volumeAnnotations,
  waitsForConsumer,
} from '../../objects/core/volume-facts.ts';
import { goQuote } from '../../objects/go-quote.ts';

/** What is said about a claim or a volume, in upstream's words. */
export interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What a claim is judged by. */
export interface ClaimView {
  readonly volumes: Iterable<PersistentVolume>;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
  /** Names of the pods that use the claim and have no node yet. */
  waitingPods(claim: PersistentVolumeClaim): readonly string[];
}

export type ClaimPlan =
  | { readonly type: 'bind'; readonly volume: PersistentVolume }
  /** `provisioner`, where there is one, is to make a volume. */
  | { readonly type: 'wait'; readonly event: Telling | null; readonly provisioner: string }
  | { readonly type: 'lost'; readonly event: Telling };

function wait(event: Telling | null, provisioner = ''): ClaimPlan {
  return { type: 'wait', event, provisioner };
}

function lost(reason: string, message: string): ClaimPlan {
  return { type: 'lost', event: { type: 'Warning', reason, message } };
}

/** What is to be done for a claim: upstream's syncClaim. */
export function planClaim(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  if (claim.metadata.annotations?.[volumeAnnotations.bindCompleted] !== undefined) {
    return planBound(claim, view);
  }
  if (claim.metadata.deletionTimestamp) return wait(null);
  return claim.spec.volumeName ? planNamed(claim, view) : planOpen(claim, view);
}

function planBound(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  if (!isClaimBound(claim)) {
    const text = 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!';
    return lost('ClaimLost', text);
  }
  const volume = view.volume(claim.spec.volumeName ?? '');
  if (volume === undefined) {
    const text = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!';
    return lost('ClaimLost', text);
  }
  if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) {
    return { type: 'bind', volume };
  }
  const text = 'Two claims are bound to the same volume, this one is bound incorrectly';
  return lost('ClaimMisbound', text);
}

/** The claim names its volume. */
function planNamed(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  const name = claim.spec.volumeName ?? '';
  const volume = view.volume(name);
  if (volume === undefined) return wait(null);
  if (volume.spec.claimRef === undefined) {
    const why = unfitness(volume, claim);
    if (why === null) return { type: 'bind', volume };
    const message = `Cannot bind to requested volume ${goQuote(name)}: ${why}`;
    return wait({ type: 'Warning', reason: 'VolumeMismatch', message });
  }
  if (isVolumeFor(volume, claim)) return { type: 'bind', volume };
  const message = `volume ${goQuote(name)} already bound to a different claim.`;
  return wait({ type: 'Warning', reason: 'FailedBinding', message });
}

/** The claim takes any volume that does. */
function planOpen(claim: PersistentVolumeClaim, view: ClaimView): ClaimPlan {
  const className = storageClassOf(claim);
  const storageClass = view.storageClass(className);
  const isDelayed = waitsForConsumer(storageClass);
  const hasNode = claim.metadata.annotations?.[volumeAnnotations.selectedNode] !== undefined;
  const volume = matchVolume(claim, view.volumes, { onlyReserved: isDelayed });
  if (volume !== undefined) return { type: 'bind', volume };
  if (isDelayed && !hasNode) return wait(waitingFor(view.waitingPods(claim)));
  if (className === '') {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return wait({ type: 'Normal', reason: 'FailedBinding', message });
  }
  if (storageClass === undefined) {
    const message = `storageclass.storage.k8s.io ${goQuote(className)} not found`;
    return wait({ type: 'Warning', reason: 'ProvisioningFailed', message });
  }
  return planProvision(storageClass.provisioner);
}

function waitingFor(pods: readonly string[]): Telling {
  if (pods.length === 0) {
    const message = 'waiting for first consumer to be created before binding';
    return { type: 'Normal', reason: 'WaitForFirstConsumer', message };
  }
  const message = `waiting for pod ${pods.join(',')} to be scheduled`;
  return { type: 'Normal', reason: 'WaitForPodScheduled', message };
}

function planProvision(provisioner: string): ClaimPlan {
  if (provisioner.startsWith('kubernetes.io/')) {
    // None of the plugins that upstream once had in its tree is here either.
    const message = `no volume plugin matched name: ${provisioner}`;
    return wait({ type: 'Warning', reason: 'ProvisioningFailed', message });
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or ` +
    'manually by the system administrator. If volume creation is delayed, please verify that ' +
    'the provisioner is running and correctly registered.';
  return wait({ type: 'Normal', reason: 'ExternalProvisioning', message }, provisioner);
}
