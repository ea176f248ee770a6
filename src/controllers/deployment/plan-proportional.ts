import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { maxReplicasOf } from './fenceposts.ts';
import {
  activeOf,
  allOf,
  byCreation,
  type ReplicaSets,
  type Scaling,
  wantedBy,
  wantedOf,
} from './replica-sets.ts';
import { desiredReplicasOf, maxReplicasBefore } from './revisions.ts';

/** Whether the Deployment asks for another number of replicas than when a set was last scaled. */
export function isScaled({ spec }: Deployment, sets: ReplicaSets): boolean {
  return activeOf(allOf(sets)).some((set) => {
    const desired = desiredReplicasOf(set);
    return desired !== undefined && desired !== spec.replicas;
  });
}

/**
 * How the sets follow a new number of replicas, without any rollout: the only one with pods takes
 * all (or the newest, when none has); once the current one serves alone the others go; in the midst
 * of a rolling update all keep their shares.
 */
export function planScale(deployment: Deployment, sets: ReplicaSets): Scaling[] {
  const { replicas = 1, strategy } = deployment.spec;
  const only = activeOrLatest(sets);
  if (only !== undefined) {
    return wantedOf(only) === replicas ? [] : [{ set: only, replicas }];
  }
  if (isSaturated(deployment, sets.current)) {
    return activeOf(sets.old).map((set) => ({ set, replicas: 0 }));
  }
  return strategy?.type === 'RollingUpdate' ? planShares(deployment, sets) : [];
}

function activeOrLatest(sets: ReplicaSets): ReplicaSet | undefined {
  const active = activeOf(allOf(sets));
  if (active.length === 0) return sets.current ?? sets.old.at(-1);
  return active.length === 1 ? active[0] : undefined;
}

function isSaturated({ spec }: Deployment, set: ReplicaSet | undefined): boolean {
  if (set === undefined) return false;
  const counts = [wantedOf(set), desiredReplicasOf(set), set.status?.availableReplicas ?? 0];
  return counts.every((count) => count === spec.replicas);
}

/** Each by its fraction, the largest first, which also takes what rounding leaves over. */
function planShares(deployment: Deployment, sets: ReplicaSets): Scaling[] {
  const active = activeOf(allOf(sets));
  const allowed = (deployment.spec.replicas ?? 1) > 0 ? maxReplicasOf(deployment) : 0;
  const toAdd = allowed - wantedBy(active);
  // Of sets of one size the newer grows first, and the older shrinks first.
  const age = toAdd > 0 ? -1 : 1;
  const sorted = active.toSorted((a, b) => wantedOf(b) - wantedOf(a) || age * byCreation(a, b));
  let left = toAdd;
  const scalings = sorted.map((set) => {
    if (left === 0) return { set, replicas: wantedOf(set) };
    const fraction = fractionOf(deployment, set);
    const share = toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
    left -= share;
    return { set, replicas: wantedOf(set) + share };
  });
  return scalings.map(({ set, replicas }, index) => ({
    set,
    replicas: index === 0 ? Math.max(0, replicas + left) : replicas,
  }));
}

/** How many replicas a set gains or loses by its share of what the Deployment could have before. */
function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const wanted = wantedOf(set);
  if (deployment.spec.replicas === 0) return -wanted;
  const before = maxReplicasBefore(set) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.floor((wanted * maxReplicasOf(deployment)) / before + 0.5) - wanted;
}
