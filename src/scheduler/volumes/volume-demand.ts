import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../generated/types.ts';
import { matchVolume } from '../../objects/core/match-volume.ts';
import { claimsOf, isMadeFor } from '../../objects/core/pod/claims.ts';
import {
  isClaimBound,
  storageClassOf,
  volumeAnnotations,
  waitsForConsumer,
} from '../../objects/core/volume-facts.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { objectKey } from '../../objects/meta.ts';

/** A claim that gets its volume when its pod gets a node. */
export interface OpenClaim {
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass;
}

/** What a pod's claims ask of a node. */
export interface VolumeDemand {
  /** Why no node will do as things are, in upstream's words. */
  readonly problem: string | null;
  /** Volumes that are bound already: the node must reach them. */
  readonly bound: readonly PersistentVolume[];
  /** A claim is bound to a volume that is not there. */
  readonly isVolumeMissing: boolean;
  readonly open: readonly OpenClaim[];
  /** Claims that have their volumes, but are not shown as bound yet: a node would refuse them. */
  readonly settling: readonly PersistentVolumeClaim[];
  /** All volumes, to choose from for the open claims. */
  readonly volumes: Iterable<PersistentVolume>;
  readonly isTaken: (volume: PersistentVolume, claim: PersistentVolumeClaim) => boolean;
  /** Claims of mode ReadWriteOncePod that other pods use. */
  readonly isExclusiveTaken: boolean;
}

/** What the scheduler knows of storage. */
export interface VolumeView {
  readonly volumes: Iterable<PersistentVolume>;
  claim(key: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
  /** Whether a volume is on its way to a claim other than this. */
  isTaken(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean;
  /** Whether a pod with a node uses the claim. */
  isUsed(claimKey: string): boolean;
}

/** Works out what the pod's claims ask of nodes; null for a pod without any. */
export function volumeDemandOf(pod: Pod, view: VolumeView): VolumeDemand | null {
  const uses = claimsOf(pod);
  if (uses.length === 0) return null;
  const bound: PersistentVolume[] = [];
  const open: OpenClaim[] = [];
  const settling: PersistentVolumeClaim[] = [];
  let problem: string | null = null;
  let isVolumeMissing = false;
  let isExclusiveTaken = false;
  for (const { claim: name, isEphemeral } of uses) {
    const claim = view.claim(`${pod.metadata.namespace}/${name}`);
    problem ??= claimProblem(pod, name, claim, isEphemeral);
    if (claim === undefined) continue;
    const isExclusive = claim.spec.accessModes?.includes('ReadWriteOncePod') ?? false;
    isExclusiveTaken ||= isExclusive && view.isUsed(objectKey(claim));
    if (isClaimBound(claim)) {
      const volume = view.volume(claim.spec.volumeName ?? '');
      if (volume === undefined) isVolumeMissing = true;
      else bound.push(volume);
      if (claim.status?.phase !== 'Bound') settling.push(claim);
      continue;
    }
    const storageClass = view.storageClass(storageClassOf(claim));
    // One that names its volume is bound at once, whatever its class says.
    if (storageClass !== undefined && waitsForConsumer(storageClass) && !claim.spec.volumeName) {
      open.push({ claim, storageClass });
    } else {
      problem ??= 'pod has unbound immediate PersistentVolumeClaims';
    }
  }
  const { volumes } = view;
  const isTaken: VolumeDemand['isTaken'] = (volume, claim) => view.isTaken(volume, claim);
  return { problem, bound, isVolumeMissing, open, settling, volumes, isTaken, isExclusiveTaken };
}

function claimProblem(
  pod: Pod,
  name: string,
  claim: PersistentVolumeClaim | undefined,
  isEphemeral: boolean,
): string | null {
  const quoted = goQuote(name);
  if (claim === undefined) {
    if (!isEphemeral) return `persistentvolumeclaim ${quoted} not found`;
    return `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`;
  }
  if (claim.status?.phase === 'Lost') {
    const volume = goQuote(claim.spec.volumeName ?? '');
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${volume}`;
  }
  if (claim.metadata.deletionTimestamp) {
    return `persistentvolumeclaim ${quoted} is being deleted`;
  }
  if (!isEphemeral || isMadeFor(claim, pod)) return null;
  const podKey = objectKey(pod);
  return `PVC ${objectKey(claim)} was not created for pod ${podKey} (pod is not owner)`;
}

/** How a claim gets its volume on a node: one that is there, or is made, or is on its way. */
export type ClaimDecision =
  | {
      readonly type: 'volume';
      readonly claim: PersistentVolumeClaim;
      readonly volume: PersistentVolume;
    }
  | { readonly type: 'provision'; readonly claim: PersistentVolumeClaim }
  | { readonly type: 'wait'; readonly claim: PersistentVolumeClaim };

/** A volume on `node` for every open claim, each its own; null where one gets none. */
export function decideClaims(demand: VolumeDemand, node: Node): ClaimDecision[] | null {
  const decisions: ClaimDecision[] = demand.settling.map((claim) => ({ type: 'wait', claim }));
  const chosen = new Set<PersistentVolume>();
  for (const { claim, storageClass } of demand.open) {
    const selected = claim.metadata.annotations?.[volumeAnnotations.selectedNode];
    if (selected !== undefined && selected !== node.metadata.name) return null;
    const isTaken = (volume: PersistentVolume) =>
      chosen.has(volume) || demand.isTaken(volume, claim);
    const volume = matchVolume(claim, demand.volumes, { node, isTaken });
    if (volume !== undefined) {
      chosen.add(volume);
      decisions.push({ type: 'volume', claim, volume });
    } else if (canProvision(storageClass, node)) {
      decisions.push({ type: 'provision', claim });
    } else {
      return null;
    }
  }
  return decisions;
}

function canProvision({ provisioner, allowedTopologies = [] }: StorageClass, node: Node): boolean {
  if (provisioner === 'kubernetes.io/no-provisioner') return false;
  if (allowedTopologies.length === 0) return true;
  const labels = node.metadata.labels ?? {};
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? '')),
  );
}
