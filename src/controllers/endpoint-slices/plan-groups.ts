import type {
  DiscoveryV1EndpointPort,
  Endpoint,
  EndpointSlice,
  ObjectMeta,
} from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';

/** Endpoints that a slice is filled with; the API allows more. */
const ENDPOINTS_PER_SLICE_MAX = 100;

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';

export type SliceAction =
  | { readonly type: 'create'; readonly slice: EndpointSlice }
  | { readonly type: 'update'; readonly slice: EndpointSlice }
  | { readonly type: 'delete'; readonly slice: EndpointSlice };

/** The object that slices are made for. */
export interface SliceOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** Labels that the slices take over. */
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly manager: string;
}

/** Endpoints with the same ports, which go into slices together. */
export interface SliceGroup {
  readonly family: string;
  readonly ports: DiscoveryV1EndpointPort[];
  /** By {@link endpointKey}. */
  readonly endpoints: Map<string, Endpoint>;
}

/** What makes an endpoint the same one after a change: its pod, or else its address. */
export function endpointKey({ targetRef, addresses }: Endpoint): string {
  return targetRef?.uid ?? addresses[0] ?? '';
}

/** Equal for slices that may hold the same endpoints. */
export function groupKey(family: string, ports: readonly DiscoveryV1EndpointPort[]): string {
  const sorted = ports
    .map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol])
    .map((port) => JSON.stringify(port))
    .sort();
  return JSON.stringify([family, sorted]);
}

function labelsOf({ labels, serviceName, manager }: SliceOwner): Record<string, string> {
  return { ...labels, [SERVICE_NAME_LABEL]: serviceName, [MANAGED_BY_LABEL]: manager };
}

function newSlice(owner: SliceOwner, group: SliceGroup, endpoints: Endpoint[]): EndpointSlice {
  const { apiVersion, kind, metadata } = owner;
  const { name = '', namespace, uid = '' } = metadata;
  const reference = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: labelsOf(owner),
      ownerReferences: [reference],
    },
    addressType: group.family,
    endpoints,
    ports: group.ports,
  };
}

/** The change of `slice` to `endpoints`, if it is one. */
function change(owner: SliceOwner, slice: EndpointSlice, endpoints: Endpoint[]): SliceAction[] {
  const labels = labelsOf(owner);
  const same =
    equalJson(slice.endpoints ?? [], endpoints) && equalJson(slice.metadata.labels, labels);
  const next = { ...slice, metadata: { ...slice.metadata, labels }, endpoints };
  return same ? [] : [{ type: 'update', slice: next }];
}

/** A group without endpoints keeps one slice, which is empty. */
function planEmpty(
  owner: SliceOwner,
  group: SliceGroup,
  present: readonly EndpointSlice[],
): SliceAction[] {
  const [first, ...others] = present;
  const actions = others.map((slice) => ({ type: 'delete' as const, slice }));
  if (first === undefined) return [{ type: 'create', slice: newSlice(owner, group, []) }];
  return [...actions, ...change(owner, first, [])];
}

/** Keeps endpoints where they are, fills what is free, and makes new slices for the rest. */
function planGroup(
  owner: SliceOwner,
  group: SliceGroup,
  present: readonly EndpointSlice[],
): SliceAction[] {
  if (group.endpoints.size === 0) return planEmpty(owner, group, present);
  const left = new Map(group.endpoints);
  const filled = present.map((slice) => {
    const kept: Endpoint[] = [];
    for (const old of slice.endpoints ?? []) {
      const key = endpointKey(old);
      const endpoint = left.get(key);
      if (endpoint !== undefined) kept.push(endpoint);
      left.delete(key);
    }
    return { slice, kept };
  });
  const rest = [...left.values()];
  const actions: SliceAction[] = [];
  for (const { slice, kept } of filled) {
    kept.push(...rest.splice(0, ENDPOINTS_PER_SLICE_MAX - kept.length));
    if (kept.length === 0) actions.push({ type: 'delete', slice });
    else actions.push(...change(owner, slice, kept));
  }
  while (rest.length > 0) {
    const endpoints = rest.splice(0, ENDPOINTS_PER_SLICE_MAX);
    actions.push({ type: 'create', slice: newSlice(owner, group, endpoints) });
  }
  return actions;
}

/** What must be done to the slices of `owner` so that they hold `groups` (by their keys). */
export function planGroups(
  owner: SliceOwner,
  groups: ReadonlyMap<string, SliceGroup>,
  present: readonly EndpointSlice[],
): SliceAction[] {
  const byGroup = new Map<string, EndpointSlice[]>();
  for (const slice of present) {
    const key = groupKey(slice.addressType, slice.ports ?? []);
    byGroup.set(key, [...(byGroup.get(key) ?? []), slice]);
  }
  const actions: SliceAction[] = [];
  for (const [key, group] of groups) {
    actions.push(...planGroup(owner, group, byGroup.get(key) ?? []));
  }
  for (const [key, slices] of byGroup) {
    if (groups.has(key)) continue;
    actions.push(...slices.map((slice) => ({ type: 'delete' as const, slice })));
  }
  return actions;
}
