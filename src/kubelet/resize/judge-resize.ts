import type { Pod } from '../../generated/types.ts';
import { isTerminal } from '../../objects/core/pod/conditions.ts';
import { podRequests } from '../../objects/core/pod/resources.ts';
import { milliValue, parseQuantity, wholeValue } from '../../objects/quantity.ts';

/** Why a resize cannot be carried out: never on this node, or not now. */
export interface ResizeRefusal {
  readonly reason: 'Infeasible' | 'Deferred';
  readonly message: string;
}

type Resource = 'cpu' | 'memory';

/**
 * Whether a pod of this node may have what it asks for now, as upstream's canResizePod says it;
 * null when it may. Pure.
 *
 * @param others the node's other pods, with what they were given
 */
export function judgeResize(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): ResizeRefusal | null {
  const capacity = (resource: Resource) => amount(resource, allocatable[resource]);
  // Upstream names memory where both are too much.
  for (const resource of ['memory', 'cpu'] as const) {
    const requested = requestOf(pod, resource);
    if (requested <= capacity(resource)) continue;
    const numbers = `requested: ${requested}, capacity: ${capacity(resource)}`;
    const message = `Node didn't have enough capacity: ${resource}, ${numbers}`;
    return { reason: 'Infeasible', message };
  }
  for (const resource of ['cpu', 'memory'] as const) {
    const requested = requestOf(pod, resource);
    const active = others.filter((other) => !isTerminal(other));
    const used = active.reduce((sum, other) => sum + requestOf(other, resource), 0);
    if (requested === 0 || requested + used <= capacity(resource)) continue;
    const numbers = `requested: ${requested}, used: ${used}, capacity: ${capacity(resource)}`;
    const message = `Node didn't have enough resource: ${resource}, ${numbers}`;
    return { reason: 'Deferred', message };
  }
  return null;
}

function requestOf({ spec }: Pod, resource: Resource): number {
  const quantity = podRequests(spec).get(resource);
  if (quantity === undefined) return 0;
  return resource === 'cpu' ? milliValue(quantity) : wholeValue(quantity);
}

function amount(resource: Resource, text = '0'): number {
  const quantity = parseQuantity(text);
  return resource === 'cpu' ? milliValue(quantity) : wholeValue(quantity);
}
