import type { Container, Pod, PodSpec } from '../../../generated/types.ts';
import { addQuantities, compareQuantities, formatQuantity, type Quantity } from '../../quantity.ts';
import { isSidecar } from './conditions.ts';
import { resourceQuantity } from './resource-list.ts';
import { isHugePages, isOvercommitAllowed, isPodLevelResource } from './resource-names.ts';

/** Amounts by the name of their resource. */
export type Amounts = Map<string, Quantity>;

type Field = 'requests' | 'limits';

const ZERO: Quantity = { nanos: 0n, format: 'DecimalSI' };

function add(amounts: Amounts, more: Iterable<readonly [string, Quantity]>): void {
  for (const [name, quantity] of more) {
    const old = amounts.get(name);
    amounts.set(name, old === undefined ? quantity : addQuantities(old, quantity));
  }
}

function raise(amounts: Amounts, others: Amounts): void {
  for (const [name, quantity] of others) {
    const old = amounts.get(name);
    if (old === undefined || compareQuantities(quantity, old) > 0) amounts.set(name, quantity);
  }
}

/** The amounts of a list as numbers. Texts that are no amounts are left out. */
export function amountsOf(list: Readonly<Record<string, string>> | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const name in list) {
    const quantity = resourceQuantity(list[name]!);
    if (quantity !== undefined) amounts.set(name, quantity);
  }
  return amounts;
}

/**
 * What the containers of a pod need together at the worst moment: all regular containers and
 * sidecars, or one init container beside the sidecars that were started before it (KEP-753).
 */
function aggregate(spec: PodSpec, field: Field): Amounts {
  const sum: Amounts = new Map();
  for (const container of spec.containers) add(sum, amounts(container, field));
  if (!spec.initContainers?.length) return sum;
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const container of spec.initContainers) {
    const own = amounts(container, field);
    if (isSidecar(container)) {
      add(sum, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      add(own, sidecars);
      raise(starting, own);
    }
  }
  raise(sum, starting);
  return sum;
}

function amounts(container: Container, field: Field): Amounts {
  return amountsOf(container.resources?.[field]);
}

/** What the containers of a pod request together, without the pod's own resources and overhead. */
export function aggregateRequests(spec: PodSpec): Amounts {
  return aggregate(spec, 'requests');
}

/**
 * What a pod takes of its node: its containers' requests or the whole pod's, and its overhead
 * (upstream's resourcehelper.PodRequests).
 */
export function podRequests(spec: PodSpec): Amounts {
  const sum = aggregate(spec, 'requests');
  for (const [name, quantity] of amountsOf(spec.resources?.requests)) {
    if (isPodLevelResource(name)) sum.set(name, quantity);
  }
  add(sum, amountsOf(spec.overhead));
  return sum;
}

/**
 * What a pod counts for on its node while it is being resized: the most of what each container asks
 * for, was given and has (upstream's PodRequests with UseStatusResources). What it asks for and can
 * never have does not count.
 */
export function placedRequests(pod: Pod): Amounts {
  const { spec, status } = pod;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const statuses = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
  ].filter(({ name, allocatedResources, resources }) => {
    const asked = containers.find((container) => container.name === name)?.resources?.requests;
    return [allocatedResources, resources?.requests].some((given) => differs(given, asked));
  });
  // Nearly always they are the same.
  if (statuses.length === 0) return podRequests(spec);
  const isInfeasible = status?.conditions?.some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  const counted = (container: Container): Container => {
    const own = statuses.find(({ name }) => name === container.name);
    if (own === undefined) return container;
    const most: Amounts = isInfeasible ? new Map() : amountsOf(container.resources?.requests);
    raise(most, amountsOf(own.allocatedResources));
    raise(most, amountsOf(own.resources?.requests));
    const requests = Object.fromEntries(
      [...most].map(([name, quantity]) => [name, formatQuantity(quantity)]),
    );
    return { ...container, resources: { ...container.resources, requests } };
  };
  const initContainers = spec.initContainers?.map(counted);
  return podRequests({
    ...spec,
    containers: spec.containers.map(counted),
    ...(initContainers === undefined ? {} : { initContainers }),
  });
}

/** Whether amounts that were given are others than those asked for, by their texts. */
function differs(
  given: Readonly<Record<string, string>> | undefined,
  asked: Readonly<Record<string, string>> = {},
): boolean {
  for (const name in given) if (given[name] !== asked[name]) return true;
  return false;
}

/**
 * The most that a pod may use: its containers' limits or the whole pod's, with its overhead
 * (upstream's resourcehelper.PodLimits). A resource that some container uses without limit is
 * counted by the limits there are: look at the containers too.
 */
export function podLimits(spec: PodSpec): Amounts {
  const sum = aggregate(spec, 'limits');
  for (const [name, quantity] of amountsOf(spec.resources?.limits)) {
    if (isPodLevelResource(name)) sum.set(name, quantity);
  }
  for (const [name, quantity] of amountsOf(spec.overhead)) {
    const limit = sum.get(name);
    if (limit !== undefined && limit.nanos !== 0n) sum.set(name, addQuantities(limit, quantity));
  }
  return sum;
}

/** Whether the resources of a whole pod are given, so that they count instead of its containers'. */
export function hasPodLevelResources({ resources }: PodSpec): boolean {
  if (resources === undefined) return false;
  return [...Object.keys(resources.requests ?? {}), ...Object.keys(resources.limits ?? {})].some(
    isPodLevelResource,
  );
}

/**
 * Completes `spec.resources` when a part of it is given: limits of huge pages from the containers',
 * requests from the containers' requests or from the limits (KEP-2837).
 */
export function defaultPodLevelResources(spec: PodSpec): void {
  const { resources } = spec;
  if (resources === undefined) return;
  const given = { ...resources.limits, ...resources.requests };
  if (Object.keys(given).length === 0) return;
  for (const [name, quantity] of aggregate(spec, 'limits')) {
    if (!isHugePages(name) || name in given) continue;
    resources.limits = { ...resources.limits, [name]: formatQuantity(quantity) };
  }
  if (Object.keys(resources.limits ?? {}).length === 0) return;
  const requests = { ...resources.requests };
  for (const [name, quantity] of aggregate(spec, 'requests')) {
    if (name in requests || !isPodLevelResource(name) || !isOvercommitAllowed(name)) continue;
    requests[name] = formatQuantity(quantity);
  }
  for (const [name, limit] of Object.entries(resources.limits ?? {})) {
    if (!(name in requests) && isPodLevelResource(name)) requests[name] = limit;
  }
  const before = Object.keys(resources.requests ?? {}).length;
  if (Object.keys(requests).length > before) resources.requests = requests;
}

/** Whether `quantity` is more than nothing. */
export function isPositive(quantity: Quantity): boolean {
  return compareQuantities(quantity, ZERO) > 0;
}
