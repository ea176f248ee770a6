import type {
  DiscoveryV1EndpointPort,
  Endpoint,
  EndpointSlice,
  Node,
  Pod,
  Service,
} from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { isPodReady } from '../../objects/core/pod/conditions.ts';
import {
  familiesOf,
  hostnameOf,
  type IpFamily,
  isEndpoint,
  isHeadless,
  podIp,
  resolvePorts,
} from '../service-endpoints/pod-endpoint.ts';

/** Endpoints that a slice is filled with; the API allows more. */
const ENDPOINTS_PER_SLICE_MAX = 100;

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

export type SliceAction =
  | { readonly type: 'create'; readonly slice: EndpointSlice }
  | { readonly type: 'update'; readonly slice: EndpointSlice }
  | { readonly type: 'delete'; readonly slice: EndpointSlice };

/** What the slices of a Service are made from. */
export interface SliceInput {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** The slices of this Service that the controller manages. */
  readonly present: readonly EndpointSlice[];
}

/** Endpoints with the same ports, which go into slices together. */
interface Group {
  readonly family: IpFamily;
  readonly ports: DiscoveryV1EndpointPort[];
  /** By the uid of their pods. */
  readonly endpoints: Map<string, Endpoint>;
}

function endpointOf(pod: Pod, ip: string, { service, node }: SliceInput): Endpoint {
  const { name, namespace, uid } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = Boolean(pod.metadata.deletionTimestamp);
  const { publishNotReadyAddresses, trafficDistribution } = service.spec;
  const ready = publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameOf(pod, service);
  const { nodeName } = pod.spec;
  const zone = node(nodeName ?? '')?.metadata.labels?.[ZONE_LABEL];
  const near = trafficDistribution !== undefined && zone !== undefined;
  const onNode = trafficDistribution === 'PreferSameNode' && nodeName;
  const hints = {
    ...(near ? { forZones: [{ name: zone }] } : {}),
    ...(onNode ? { forNodes: [{ name: nodeName }] } : {}),
  };
  return {
    addresses: [ip],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName ? { nodeName } : {}),
    ...(zone === undefined ? {} : { zone }),
    ...(Object.keys(hints).length > 0 && ready ? { hints } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function groupKey(family: string, ports: readonly DiscoveryV1EndpointPort[]): string {
  const sorted = ports
    .map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol])
    .map((port) => JSON.stringify(port))
    .sort();
  return JSON.stringify([family, sorted]);
}

function groupsOf(input: SliceInput): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const family of familiesOf(input.service)) {
    for (const pod of input.pods) {
      const ip = podIp(pod, family);
      if (ip === undefined || !isEndpoint(pod, true)) continue;
      const ports = resolvePorts(input.service, pod).map(({ appProtocol, ...port }) => ({
        ...port,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      }));
      const key = groupKey(family, ports);
      const group = groups.get(key) ?? { family, ports, endpoints: new Map() };
      group.endpoints.set(pod.metadata.uid ?? '', endpointOf(pod, ip, input));
      groups.set(key, group);
    }
  }
  return groups;
}

function labelsOf(service: Service): Record<string, string> {
  const headless: Record<string, string> = isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {};
  return {
    ...service.metadata.labels,
    ...headless,
    [SERVICE_NAME_LABEL]: service.metadata.name ?? '',
    [MANAGED_BY_LABEL]: MANAGER,
  };
}

function newSlice(
  service: Service,
  family: string,
  ports: DiscoveryV1EndpointPort[],
): EndpointSlice {
  const { name = '', namespace, uid = '' } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: labelsOf(service),
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: family,
    endpoints: [],
    ports,
  };
}

function withEndpoints(
  service: Service,
  slice: EndpointSlice,
  endpoints: Endpoint[],
): EndpointSlice {
  const metadata = { ...slice.metadata, labels: labelsOf(service) };
  return { ...slice, metadata, endpoints };
}

function sameSlice(one: EndpointSlice, other: EndpointSlice): boolean {
  return (
    equalJson(one.endpoints ?? [], other.endpoints) &&
    equalJson(one.metadata.labels, other.metadata.labels)
  );
}

/** Keeps endpoints where they are, fills what is free, and makes new slices for the rest. */
function planGroup(
  service: Service,
  group: Group,
  present: readonly EndpointSlice[],
): SliceAction[] {
  const left = new Map(group.endpoints);
  const filled = present.map((slice) => {
    const kept: Endpoint[] = [];
    for (const { targetRef } of slice.endpoints ?? []) {
      const uid = targetRef?.uid ?? '';
      const endpoint = left.get(uid);
      if (endpoint !== undefined) kept.push(endpoint);
      left.delete(uid);
    }
    return { slice, kept };
  });
  const rest = [...left.values()];
  for (const { kept } of filled)
    kept.push(...rest.splice(0, ENDPOINTS_PER_SLICE_MAX - kept.length));
  const actions: SliceAction[] = [];
  for (const { slice, kept } of filled) {
    const next = withEndpoints(service, slice, kept);
    if (kept.length === 0) actions.push({ type: 'delete', slice });
    else if (!sameSlice(slice, next)) actions.push({ type: 'update', slice: next });
  }
  while (rest.length > 0) {
    const endpoints = rest.splice(0, ENDPOINTS_PER_SLICE_MAX);
    const slice = { ...newSlice(service, group.family, group.ports), endpoints };
    actions.push({ type: 'create', slice });
  }
  return actions;
}

/**
 * What must be done to the slices of a Service. A family without endpoints keeps one empty slice,
 * so that its readers know there is nothing to wait for.
 */
export function planSlices(input: SliceInput): SliceAction[] {
  const { service, present } = input;
  const groups = groupsOf(input);
  const actions: SliceAction[] = [];
  const byGroup = new Map<string, EndpointSlice[]>();
  for (const slice of present) {
    const key = groupKey(slice.addressType, slice.ports ?? []);
    byGroup.set(key, [...(byGroup.get(key) ?? []), slice]);
  }
  for (const [key, group] of groups)
    actions.push(...planGroup(service, group, byGroup.get(key) ?? []));
  const families = familiesOf(service);
  for (const family of families) {
    if ([...groups.values()].some((group) => group.family === family)) continue;
    groups.set(groupKey(family, []), { family, ports: [], endpoints: new Map() });
    actions.push(...planPlaceholder(service, family, byGroup.get(groupKey(family, [])) ?? []));
  }
  for (const [key, slices] of byGroup) {
    if (groups.has(key)) continue;
    actions.push(...slices.map((slice) => ({ type: 'delete' as const, slice })));
  }
  return actions;
}

function planPlaceholder(
  service: Service,
  family: string,
  present: readonly EndpointSlice[],
): SliceAction[] {
  const [first, ...others] = present;
  const actions = others.map((slice) => ({ type: 'delete' as const, slice }));
  if (first === undefined) return [{ type: 'create', slice: newSlice(service, family, []) }];
  const next = withEndpoints(service, first, []);
  return sameSlice(first, next) ? actions : [...actions, { type: 'update', slice: next }];
}
