import { formatTime } from '../../base/clock.ts';
import type {
  Pod,
  ReplicaSet,
  ReplicaSetCondition,
  ReplicaSetStatus,
} from '../../generated/types.ts';
import { isPodReady, podCondition } from '../../objects/core/pod/conditions.ts';
import { matchesLabels, selectorFromMap } from '../../objects/labels.ts';

const FAILURE = 'ReplicaFailure';
const MS_PER_SECOND = 1_000;

/** What a set's status becomes, and when to look again. */
export interface StatusPlan {
  readonly status: ReplicaSetStatus;
  /** Until the next ready pod has been so long enough to be available; undefined when all are. */
  readonly nextMs: number | undefined;
}

/**
 * The status of a set with these active pods.
 *
 * @param failure why pods could not be made or removed
 * @param now epoch ms
 */
export function planStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: Error | undefined,
  now: number,
): StatusPlan {
  const { minReadySeconds = 0, template } = set.spec;
  const labels = selectorFromMap(template?.metadata?.labels);
  const ready = pods.filter(isPodReady);
  const waits = ready.map((pod) => msToAvailable(pod, minReadySeconds, now)).filter((ms) => ms > 0);
  const status: ReplicaSetStatus = {
    ...set.status,
    replicas: pods.length,
    fullyLabeledReplicas: count(pods.filter((pod) => matchesLabels(labels, pod.metadata.labels))),
    readyReplicas: count(ready),
    availableReplicas: ready.length - waits.length || undefined,
    observedGeneration: set.metadata.generation,
    conditions: planConditions(set, pods.length, failure, now),
  };
  return { status, nextMs: waits.length > 0 ? Math.min(...waits) : undefined };
}

/** A count of none is left out, as upstream's is. */
function count({ length }: readonly Pod[]): number | undefined {
  return length || undefined;
}

function msToAvailable(pod: Pod, minReadySeconds: number, now: number): number {
  if (minReadySeconds === 0) return 0;
  const readyAt = Date.parse(podCondition(pod, 'Ready')?.lastTransitionTime ?? '');
  const waitMs = minReadySeconds * MS_PER_SECOND;
  return Number.isNaN(readyAt) ? waitMs : Math.max(0, readyAt + waitMs - now);
}

/** A failure is told as it was first met, until there is none. */
function planConditions(
  { spec, status }: ReplicaSet,
  present: number,
  failure: Error | undefined,
  now: number,
): ReplicaSetCondition[] | undefined {
  const conditions = status?.conditions ?? [];
  const others = conditions.filter(({ type }) => type !== FAILURE);
  if (failure === undefined) return others.length > 0 ? others : undefined;
  if (others.length < conditions.length) return conditions;
  const condition = {
    type: FAILURE,
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: present < (spec.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete',
    message: failure.message,
  };
  return [...others, condition];
}
