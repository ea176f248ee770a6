import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '../../generated/types.ts';
import {
  type Conditions,
  conditionOf,
  type NewCondition,
  replaceCondition,
  withCondition,
  withoutCondition,
} from './conditions.ts';

/** Upstream's number for no deadline. */
const NO_DEADLINE = 2 ** 31 - 1;
/** The times of conditions are whole seconds. */
const SECOND_MS = 1_000;

/** Whether anybody wants to know if the Deployment makes progress. */
export function hasDeadline({ spec }: Deployment): boolean {
  return (spec.progressDeadlineSeconds ?? NO_DEADLINE) !== NO_DEADLINE;
}

/** A condition of type Progressing. */
export function progressing(
  status: DeploymentCondition['status'],
  reason: string,
  message: string,
): NewCondition {
  return { type: 'Progressing', status, reason, message };
}

/** Whether all pods are of the current template and available. */
export function isComplete(
  { metadata, spec }: Deployment,
  { observedGeneration = 0, ...counts }: DeploymentStatus = {},
): boolean {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = counts;
  const wanted = spec.replicas ?? 1;
  return (
    [updatedReplicas, replicas, availableReplicas].every((count) => count === wanted) &&
    observedGeneration >= (metadata.generation ?? 0)
  );
}

/** The conditions after a pause or its end, or null when there is nothing to tell. */
export function planPaused(deployment: Deployment, nowMs: number): Conditions | null {
  const { spec, status } = deployment;
  const present = conditionOf(status?.conditions, 'Progressing');
  if (!hasDeadline(deployment) || present?.reason === 'ProgressDeadlineExceeded') return null;
  const isKnown = present?.reason === 'DeploymentPaused';
  if ((spec.paused ?? false) === isKnown) return null;
  const wanted = spec.paused
    ? progressing('Unknown', 'DeploymentPaused', 'Deployment is paused')
    : progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  return withCondition(status?.conditions ?? [], wanted, nowMs);
}

/**
 * The conditions of a rollout: done, moving, or without any movement for too long. A rollout that
 * was done is not looked at again until there are pods of another template.
 *
 * @param status as it is now, with the conditions that came before
 */
export function planProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  current: ReplicaSet | undefined,
  nowMs: number,
): Conditions {
  const conditions = status.conditions ?? [];
  if (!hasDeadline(deployment)) return withoutCondition(conditions, 'Progressing');
  const present = conditionOf(deployment.status?.conditions, 'Progressing');
  const isAllUpdated = (status.replicas ?? 0) === (status.updatedReplicas ?? 0);
  if (isAllUpdated && present?.reason === 'NewReplicaSetAvailable') return conditions;
  const { name } = deployment.metadata;
  const what = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${name}"`;
  if (isComplete(deployment, status)) {
    const message = `${what} has successfully progressed.`;
    return withCondition(conditions, progressing('True', 'NewReplicaSetAvailable', message), nowMs);
  }
  if (isMoving(deployment.status ?? {}, status)) {
    const wanted = progressing('True', 'ReplicaSetUpdated', `${what} is progressing.`);
    // The deadline counts from the last movement.
    return replaceCondition(conditions, wanted, nowMs);
  }
  if (!isTimedOut(deployment, conditions, nowMs)) return conditions;
  const message = `${what} has timed out progressing.`;
  return withCondition(
    conditions,
    progressing('False', 'ProgressDeadlineExceeded', message),
    nowMs,
  );
}

/** In how many milliseconds a rollout that stands still must be looked at again, if at all. */
export function nextLookMs(deployment: Deployment, nowMs: number): number | undefined {
  const { status } = deployment;
  const present = conditionOf(status?.conditions, 'Progressing');
  if (!hasDeadline(deployment) || present === undefined) return undefined;
  if (isComplete(deployment, status) || present.reason === 'ProgressDeadlineExceeded') {
    return undefined;
  }
  return Math.max(0, deadlineMs(deployment, present) - nowMs) + SECOND_MS;
}

function isMoving(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) =>
    replicas - updatedReplicas;
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function isTimedOut(deployment: Deployment, conditions: Conditions, nowMs: number): boolean {
  const present = conditionOf(conditions, 'Progressing');
  if (present === undefined || present.reason === 'NewReplicaSetAvailable') return false;
  if (present.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineMs(deployment, present) < nowMs;
}

function deadlineMs({ spec }: Deployment, { lastUpdateTime = '' }: DeploymentCondition): number {
  return Date.parse(lastUpdateTime) + (spec.progressDeadlineSeconds ?? 0) * 1_000;
}
