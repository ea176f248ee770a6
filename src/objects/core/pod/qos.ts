import type { Container, PodSpec, ResourceRequirements } from '../../../generated/types.ts';
import { addQuantities, type Quantity } from '../../quantity.ts';
import { amountsOf, hasPodLevelResources, isPositive } from './resources.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The resources that decide the class. */
const DECIDING = ['cpu', 'memory'] as const;

interface Sums {
  readonly requests: Map<string, Quantity>;
  readonly limits: Map<string, Quantity>;
  /** Whether each container (or the whole pod) has both limits. */
  isLimited: boolean;
}

/**
 * How well a pod is kept when its node runs short: Guaranteed when limits and equal requests of
 * cpu and memory are set for all containers, BestEffort when none is set, else Burstable.
 */
export function qosClass(spec: PodSpec): QosClass {
  const sums: Sums = { requests: new Map(), limits: new Map(), isLimited: true };
  if (hasPodLevelResources(spec)) {
    addPodLevel(sums, spec.resources!);
  } else {
    for (const container of spec.containers) addContainer(sums, container);
    for (const container of spec.initContainers ?? []) addContainer(sums, container);
  }
  const { requests, limits } = sums;
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const isGuaranteed =
    sums.isLimited &&
    requests.size === limits.size &&
    DECIDING.every((name) => requests.get(name)?.nanos === limits.get(name)?.nanos);
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function addContainer(sums: Sums, { resources = {} }: Container): void {
  addList(sums.requests, resources.requests);
  if (addList(sums.limits, resources.limits) < DECIDING.length) sums.isLimited = false;
}

/** Unlike a container without limits, a pod that has only requests stays eligible, as upstream. */
function addPodLevel(sums: Sums, resources: ResourceRequirements): void {
  addList(sums.requests, resources.requests);
  const found = addList(sums.limits, resources.limits);
  if (Object.keys(resources.limits ?? {}).length > 0 && found < DECIDING.length) {
    sums.isLimited = false;
  }
}

/** Adds the deciding amounts above zero, and returns how many there were. */
function addList(
  sums: Map<string, Quantity>,
  list: Readonly<Record<string, string>> | undefined,
): number {
  if (list === undefined) return 0;
  const amounts = amountsOf(list);
  let found = 0;
  for (const name of DECIDING) {
    const quantity = amounts.get(name);
    if (quantity === undefined || !isPositive(quantity)) continue;
    const old = sums.get(name);
    sums.set(name, old === undefined ? quantity : addQuantities(old, quantity));
    found += 1;
  }
  return found;
}
