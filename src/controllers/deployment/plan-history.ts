import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { byRevision, wantedOf } from './replica-sets.ts';

/** Upstream's number for none at all. */
const NO_LIMIT = 2 ** 31 - 1;

/**
 * The old sets to remove, so that no more are kept than the Deployment's history may have. One that
 * has pods, or may still have some, stays.
 */
export function planHistory({ spec }: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const { revisionHistoryLimit: limit = NO_LIMIT } = spec;
  if (limit === NO_LIMIT) return [];
  const kept = old.filter(({ metadata }) => !metadata.deletionTimestamp).sort(byRevision);
  return kept.slice(0, Math.max(0, kept.length - limit)).filter(isIdle);
}

function isIdle(set: ReplicaSet): boolean {
  const { replicas = 0, observedGeneration = 0 } = set.status ?? {};
  const isObserved = (set.metadata.generation ?? 0) <= observedGeneration;
  return replicas === 0 && wantedOf(set) === 0 && isObserved;
}
