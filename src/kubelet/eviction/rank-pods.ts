import type { Pod } from '../../generated/types.ts';
import { isStaticPod } from '../pod-identity.ts';
import { type PodUsage, podRequest } from './pod-usage.ts';
import type { Resource } from './thresholds.ts';

/** Pods of this priority and above are the cluster's own: upstream's system-critical. */
const CRITICAL_PRIORITY = 2_000_000_000;

/**
 * The order in which pods are evicted for a resource: first those that use more than they request,
 * then those of low priority, then those that are furthest above their request. Processes are not
 * requested: for them it is priority and number. Pure.
 */
export function rankPods(pods: readonly PodUsage[], resource: Resource): PodUsage[] {
  const excess = ({ pod, used }: PodUsage) => used - podRequest(pod, resource);
  const exceeds = (usage: PodUsage) => (resource !== 'pids' && excess(usage) > 0 ? 0 : 1);
  return [...pods].sort(
    (a, b) =>
      exceeds(a) - exceeds(b) ||
      (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) ||
      excess(b) - excess(a),
  );
}

/** Whether a pod stays whatever the node is short of. */
export function isCritical(pod: Pod): boolean {
  return isStaticPod(pod) || (pod.spec.priority ?? 0) >= CRITICAL_PRIORITY;
}
