import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '../../generated/types.ts';
import { conditionOf, type NewCondition, withCondition, withoutCondition } from './conditions.ts';
import { minAvailableOf } from './fenceposts.ts';
import { planProgress } from './plan-progress.ts';
import { allOf, countOf, type ReplicaSets, wantedBy } from './replica-sets.ts';

const AVAILABLE: NewCondition = {
  type: 'Available',
  status: 'True',
  reason: 'MinimumReplicasAvailable',
  message: 'Deployment has minimum availability.',
};
const UNAVAILABLE: NewCondition = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
};

/** The counts of the sets, and whether enough pods are available. */
export function planStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  nowMs: number,
): DeploymentStatus {
  const { metadata, status = {} } = deployment;
  const all = allOf(sets);
  const available = countOf(all, 'availableReplicas');
  const isAvailable = available >= minAvailableOf(deployment);
  const conditions = withCondition(
    status.conditions ?? [],
    isAvailable ? AVAILABLE : UNAVAILABLE,
    nowMs,
  );
  const { collisionCount } = status;
  return {
    observedGeneration: metadata.generation,
    ...present('replicas', countOf(all, 'replicas')),
    ...present('updatedReplicas', countOf(allOf({ ...sets, old: [] }), 'replicas')),
    ...present('readyReplicas', countOf(all, 'readyReplicas')),
    ...present('availableReplicas', available),
    ...present('unavailableReplicas', Math.max(0, wantedBy(all) - available)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: [...conditions],
  };
}

/** As {@link planStatus}, with the progress of the rollout and what keeps a set from its pods. */
export function planRolloutStatus(
  deployment: Deployment,
  sets: ReplicaSets,
  nowMs: number,
): DeploymentStatus {
  const status = planStatus(deployment, sets, nowMs);
  const conditions = planProgress(deployment, status, sets.current, nowMs);
  const failure = failureOf(sets);
  if (failure === undefined) {
    return { ...status, conditions: [...withoutCondition(conditions, 'ReplicaFailure')] };
  }
  const present = conditionOf(conditions, 'ReplicaFailure');
  if (present?.status === failure.status && present.reason === failure.reason) {
    return { ...status, conditions: [...conditions] };
  }
  return { ...status, conditions: [...withoutCondition(conditions, 'ReplicaFailure'), failure] };
}

/** The failure of the current set, or that of an old one. */
function failureOf({ current, old }: ReplicaSets): DeploymentCondition | undefined {
  const sets: (ReplicaSet | undefined)[] = [current, ...old];
  for (const set of sets) {
    const failure = set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
    if (failure === undefined) continue;
    return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}

/** Counts of 0 are left out of a status, as upstream's. */
function present(name: keyof DeploymentStatus, count: number): DeploymentStatus {
  return count === 0 ? {} : { [name]: count };
}
