import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../generated/types.ts';
import { matchesLabels, selectorFrom } from '../labels.ts';
import { matchesTerm } from './node-selector-term.ts';
import { isVolumeFor, requestedStorage, storageCapacity, storageClassOf } from './volume-facts.ts';

/** Whether pods on `node` can reach the volume. */
export function isReachable({ spec }: PersistentVolume, node: Node): boolean {
  const required = spec.nodeAffinity?.required;
  if (required === undefined) return true;
  return (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node));
}

function modeOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec.volumeMode ?? 'Filesystem';
}

function hasModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const offered = volume.spec.accessModes ?? [];
  return (claim.spec.accessModes ?? []).every((mode) => offered.includes(mode));
}

function attributesOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec.volumeAttributesClassName ?? '';
}

/** Why a volume that the claim asks for by name does not do, in upstream's words; null if it does. */
export function unfitness(volume: PersistentVolume, claim: PersistentVolumeClaim): string | null {
  if (storageCapacity(volume) < requestedStorage(claim)) return 'requested PV is too small';
  if (storageClassOf(volume) !== storageClassOf(claim)) return 'storageClassName does not match';
  if (attributesOf(volume) !== attributesOf(claim)) {
    return 'volumeAttributesClassName does not match';
  }
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  return hasModes(volume, claim) ? null : 'incompatible accessMode';
}

export interface MatchOptions {
  /** Volumes that pods on this node cannot reach are left out. */
  readonly node?: Node;
  /** Volumes that are on their way to other claims. */
  readonly isTaken?: (volume: PersistentVolume) => boolean;
  /** Only a volume that names the claim will do: the scheduler chooses among the others. */
  readonly onlyReserved?: boolean;
}

/**
 * The volume a claim shall be bound to, as upstream's FindMatchingVolume: one that names the claim;
 * else the smallest that is large enough, of those with the fewest access modes.
 */
export function matchVolume(
  claim: PersistentVolumeClaim,
  volumes: Iterable<PersistentVolume>,
  { node, isTaken, onlyReserved = false }: MatchOptions = {},
): PersistentVolume | undefined {
  const size = requestedStorage(claim);
  const selector = claim.spec.selector === undefined ? [] : selectorFrom(claim.spec.selector);
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp || modeOf(volume) !== modeOf(claim)) continue;
    if (storageCapacity(volume) < size || !hasModes(volume, claim)) continue;
    if (node !== undefined && !isReachable(volume, node)) continue;
    if (isVolumeFor(volume, claim)) return volume;
    if (onlyReserved || volume.spec.claimRef !== undefined) continue;
    if (volume.status?.phase !== 'Available' || isTaken?.(volume)) continue;
    if (storageClassOf(volume) !== storageClassOf(claim)) continue;
    if (attributesOf(volume) !== attributesOf(claim)) continue;
    if (!matchesLabels(selector, volume.metadata.labels ?? {})) continue;
    if (best === undefined || isBetter(volume, best)) best = volume;
  }
  return best;
}

function isBetter(volume: PersistentVolume, best: PersistentVolume): boolean {
  const [modes, bestModes] = [volume, best].map(({ spec }) => spec.accessModes?.length ?? 0);
  if (modes !== bestModes) return modes! < bestModes!;
  return storageCapacity(volume) < storageCapacity(best);
}
