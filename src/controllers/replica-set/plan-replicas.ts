import type { Pod, ReplicaSet } from '../../generated/types.ts';
import { isTerminal } from '../../objects/core/pod/conditions.ts';
import { victimOrder } from './victim-order.ts';

/** Pods made or removed before the controller looks again, as upstream's BurstReplicas. */
export const BURST_MAX = 500;

export type ReplicasAction =
  | { readonly type: 'keep' }
  | { readonly type: 'create'; readonly count: number }
  | { readonly type: 'delete'; readonly pods: readonly Pod[] };

/** Whether the pod counts as a replica: it neither has ended nor is about to. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && !pod.metadata.deletionTimestamp;
}

/**
 * What brings the set to as many pods as it shall have.
 *
 * @param pods the set's active pods
 * @param related answers the pods of all sets of the set's owner; asked only when pods must go
 * @param now epoch ms
 */
export function planReplicas(
  { metadata, spec: { replicas = 1 } }: ReplicaSet,
  pods: readonly Pod[],
  related: () => readonly Pod[],
  now: number,
): ReplicasAction {
  if (metadata.deletionTimestamp || pods.length === replicas) return { type: 'keep' };
  if (pods.length < replicas) {
    return { type: 'create', count: Math.min(replicas - pods.length, BURST_MAX) };
  }
  const count = Math.min(pods.length - replicas, BURST_MAX);
  if (count === pods.length) return { type: 'delete', pods };
  const order = victimOrder(pods, related().filter(isActive), now);
  return { type: 'delete', pods: order.slice(0, count) };
}
