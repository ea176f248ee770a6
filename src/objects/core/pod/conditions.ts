import { formatTime } from '../../../base/clock.ts';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../../generated/types.ts';

/** The condition of `type`, if the pod has it. */
export function podCondition(
  pod: { readonly status?: PodStatus },
  type: string,
): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether the pod's condition `type` is True. */
export function isConditionTrue(pod: { readonly status?: PodStatus }, type: string): boolean {
  return podCondition(pod, type)?.status === 'True';
}

/**
 * Sets a condition of `status`. `lastTransitionTime` moves only with the condition's status.
 *
 * @param now epoch ms
 * @returns whether anything changed
 */
export function setPodCondition(status: PodStatus, next: PodCondition, now: number): boolean {
  status.conditions ??= [];
  const { conditions } = status;
  const index = conditions.findIndex((condition) => condition.type === next.type);
  const old = conditions[index];
  if (old === undefined) {
    conditions.push({ ...next, lastTransitionTime: formatTime(now) });
    return true;
  }
  const moved = old.status !== next.status;
  const lastTransitionTime = moved ? formatTime(now) : old.lastTransitionTime;
  const changed =
    moved ||
    (old.reason ?? '') !== (next.reason ?? '') ||
    (old.message ?? '') !== (next.message ?? '') ||
    old.lastProbeTime !== next.lastProbeTime ||
    observedGeneration(old) !== observedGeneration(next);
  if (changed) conditions[index] = { ...next, lastTransitionTime };
  return changed;
}

function observedGeneration(condition: { observedGeneration?: number }): number {
  return condition.observedGeneration ?? 0;
}

/** Whether the pod serves: its condition Ready is True. */
export function isPodReady(pod: { readonly status?: PodStatus }): boolean {
  return isConditionTrue(pod, 'Ready');
}

/** Whether the pod ran to its end and never starts again: phase Succeeded or Failed. */
export function isTerminal(pod: { readonly status?: PodStatus }): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The status of the container `name`: regular, init or ephemeral. */
export function containerStatus(pod: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses, initContainerStatuses, ephemeralContainerStatuses } = pod.status ?? {};
  const named = (status: ContainerStatus) => status.name === name;
  return (
    containerStatuses?.find(named) ??
    initContainerStatuses?.find(named) ??
    ephemeralContainerStatuses?.find(named)
  );
}

/** Whether an init container is a sidecar: it starts before the others and runs beside them. */
export function isSidecar(container: { readonly restartPolicy?: string }): boolean {
  return container.restartPolicy === 'Always';
}
