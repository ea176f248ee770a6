import type { Pod } from '../generated/types.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import { podRequests } from '../objects/core/pod/resources.ts';
import { parseQuantity, type Quantity } from '../objects/quantity.ts';
import { admitUnderPressure } from './eviction/admit-under-pressure.ts';
import type { PressureCondition } from './eviction/pressure.ts';

/** What a node offers to pods. */
export interface NodeOffer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Quantities by resource. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/**
 * Why a pod that was bound to this node may not run here: upstream's lifecycle admission. Null when
 * it may; a pod that had been admitted before is not judged again.
 */
export function admitPod(
  pod: Pod,
  others: readonly Pod[],
  node: NodeOffer,
  pressure: ReadonlySet<PressureCondition>,
): { reason: string; message: string } | null {
  if (pod.status?.startTime !== undefined || pod.metadata.deletionTimestamp !== undefined)
    return null;
  const pressed = admitUnderPressure(pod, pressure);
  if (pressed !== null) return pressed;
  const selector = pod.spec.nodeSelector ?? {};
  const isSelected = Object.entries(selector).every(([key, value]) => node.labels[key] === value);
  if (!isSelected) {
    const message =
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
    return { reason: 'NodeAffinity', message };
  }
  const active = others.filter((other) => !isTerminal(other));
  const podsMax = Number(node.allocatable.pods ?? '0');
  if (active.length + 1 > podsMax) {
    return { reason: 'OutOfpods', message: outOf('pods', 1, active.length, podsMax) };
  }
  for (const [resource, requested] of podRequests(pod.spec)) {
    if (requested.nanos === 0n) continue;
    const used = active.reduce((sum, other) => sum + nanosOf(other, resource), 0n);
    const capacity = parseQuantity(node.allocatable[resource] ?? '0').nanos;
    if (used + requested.nanos <= capacity) continue;
    const shown = [requested.nanos, used, capacity].map((nanos) => amount(resource, nanos));
    const [asked = 0, taken = 0, all = 0] = shown;
    return { reason: `OutOf${resource}`, message: outOf(resource, asked, taken, all) };
  }
  return null;
}

function outOf(resource: string, requested: number, used: number, capacity: number): string {
  return (
    `Node didn't have enough resource: ${resource}, ` +
    `requested: ${requested}, used: ${used}, capacity: ${capacity}`
  );
}

function nanosOf(pod: Pod, resource: string): bigint {
  const quantity: Quantity | undefined = podRequests(pod.spec).get(resource);
  return quantity?.nanos ?? 0n;
}

/** Upstream counts CPUs in thousandths and all else in whole units. */
function amount(resource: string, nanos: bigint): number {
  return Number(resource === 'cpu' ? nanos / 1_000_000n : nanos / 1_000_000_000n);
}
