import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { maxReplicasOf, minAvailableOf } from './fenceposts.ts';
import {
  activeOf,
  allOf,
  type ReplicaSets,
  type Scaling,
  sum,
  wantedBy,
  wantedOf,
} from './replica-sets.ts';

/**
 * How many replicas the current set may have: all that are asked for at once when pods are
 * recreated, else as many more as fit below the surge.
 *
 * @param current what it has now; it is among `all`
 */
export function currentReplicas(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  current: number,
): number {
  const { replicas = 1, strategy } = deployment.spec;
  if (strategy?.type === 'Recreate' || current >= replicas) return replicas;
  const room = Math.max(0, maxReplicasOf(deployment) - wantedBy(all));
  return Math.min(replicas, current + room);
}

/**
 * Old pods that are not available and serve nobody: they go first. Pods of the current set that are
 * not available yet count as if they were to fail, so that what serves is never too few.
 */
export function planUnhealthy(deployment: Deployment, sets: ReplicaSets): Scaling[] {
  const scalings: Scaling[] = [];
  let left = removableOf(deployment, sets);
  for (const set of activeOf(sets.old)) {
    const count = Math.min(left, wantedOf(set) - availableOf(set));
    if (count <= 0) continue;
    scalings.push({ set, replicas: wantedOf(set) - count });
    left -= count;
  }
  return scalings;
}

/** Old pods that are available and can be done without. */
export function planAvailable(deployment: Deployment, sets: ReplicaSets): Scaling[] {
  const scalings: Scaling[] = [];
  let left = sum(allOf(sets), availableOf) - minAvailableOf(deployment);
  for (const set of activeOf(sets.old)) {
    const count = Math.min(left, wantedOf(set));
    if (count <= 0) break;
    scalings.push({ set, replicas: wantedOf(set) - count });
    left -= count;
  }
  return scalings;
}

/** How many old pods may go: none, when this is not greater than 0. */
export function removableOf(deployment: Deployment, { current, old }: ReplicaSets): number {
  const unavailable = current === undefined ? 0 : wantedOf(current) - availableOf(current);
  const total = wantedBy(allOf({ current, old }));
  return total - minAvailableOf(deployment) - unavailable;
}

/** A set that has just been scaled down may still tell of pods that are about to go. */
function availableOf(set: ReplicaSet): number {
  return Math.min(set.status?.availableReplicas ?? 0, wantedOf(set));
}
