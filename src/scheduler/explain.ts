import type { Pod } from '../generated/types.ts';
import type { Rejection } from './filters/filter.ts';

const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

/** `0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods.` */
function summary(reasons: readonly string[], nodeCount: number): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const head = `0/${nodeCount} nodes are available`;
  return parts.length === 0 ? head : `${head}: ${parts.join(', ')}.`;
}

/**
 * Why a pod found no node, in the words of upstream 1.34's FailedScheduling: what each node said,
 * then what its two plugins for such pods say (claims of devices, and preemption).
 *
 * @param problem what is wrong with the pod itself, if that is why
 */
export function explain(
  pod: Pod,
  rejections: ReadonlyMap<string, Rejection>,
  problem: string | null = null,
): string {
  if (rejections.size === 0) return 'no nodes available to schedule pods';
  const all = [...rejections.values()];
  const reasons = all.flatMap((rejection) => rejection.reasons);
  const why =
    problem === null
      ? summary(reasons, all.length)
      : `0/${all.length} nodes are available: ${problem}.`;
  return `${why} no new claims to deallocate, preemption: ${preemption(pod, all)}`;
}

function preemption(pod: Pod, rejections: readonly Rejection[]): string {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const reasons = rejections.map(({ final }) => (final ? NOT_HELPFUL : NO_VICTIMS));
  return summary(reasons, rejections.length);
}
