import { formatTime } from '../../base/clock.ts';
import type { DeploymentCondition } from '../../generated/types.ts';

/** A condition without its times. */
export type NewCondition = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

export type Conditions = readonly DeploymentCondition[];

/** The condition of this type. */
export function conditionOf(
  conditions: Conditions | undefined,
  type: string,
): DeploymentCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * `conditions` with `wanted`, which is left as it was when status and reason are the same. The time
 * of the last transition is that of the last change of status.
 */
export function withCondition(
  conditions: Conditions,
  wanted: NewCondition,
  nowMs: number,
): Conditions {
  const present = conditionOf(conditions, wanted.type);
  if (present?.status === wanted.status && present.reason === wanted.reason) return conditions;
  return replaceCondition(conditions, wanted, nowMs);
}

/** As {@link withCondition}, but the time of the last update is now even if nothing else changes. */
export function replaceCondition(
  conditions: Conditions,
  wanted: NewCondition,
  nowMs: number,
): Conditions {
  const now = formatTime(nowMs);
  const present = conditionOf(conditions, wanted.type);
  const since = present?.status === wanted.status ? present.lastTransitionTime : now;
  const times = { lastUpdateTime: now, lastTransitionTime: since };
  return [...withoutCondition(conditions, wanted.type), { ...wanted, ...times }];
}

/** `conditions` without those of this type. */
export function withoutCondition(conditions: Conditions, type: string): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}
