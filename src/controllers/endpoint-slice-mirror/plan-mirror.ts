import type {
  Endpoint,
  EndpointAddress,
  EndpointSlice,
  Endpoints,
  Service,
} from '../../generated/types.ts';
import { parseIp } from '../../objects/ip.ts';
import {
  endpointKey,
  groupKey,
  planGroups,
  type SliceAction,
  type SliceGroup,
} from '../endpoint-slices/plan-groups.ts';

/** How this controller marks its slices. */
export const MIRROR_MANAGER = 'endpointslicemirroring-controller.k8s.io';

const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
/** Addresses of one subset that are mirrored, as upstream. */
const ADDRESSES_MAX = 1000;

/** Whether somebody keeps these Endpoints by hand for a Service that selects no pods. */
function isMirrored(endpoints: Endpoints, service: Service | undefined): boolean {
  if (service === undefined || service.spec.selector !== undefined) return false;
  const { labels, annotations } = endpoints.metadata;
  return labels?.[SKIP_LABEL] !== 'true' && annotations?.[LEADER_ANNOTATION] === undefined;
}

function endpointOf(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}

function groupsOf({ subsets = [] }: Endpoints): Map<string, SliceGroup> {
  const groups = new Map<string, SliceGroup>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const all = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ];
    const slicePorts = ports.map((port) => ({ ...port, name: port.name ?? '' }));
    for (const endpoint of all.slice(0, ADDRESSES_MAX)) {
      const family = parseIp(endpoint.addresses[0] ?? '')?.family === 6 ? 'IPv6' : 'IPv4';
      const key = groupKey(family, slicePorts);
      const group = groups.get(key) ?? { family, ports: slicePorts, endpoints: new Map() };
      group.endpoints.set(endpointKey(endpoint), endpoint);
      groups.set(key, group);
    }
  }
  return groups;
}

/** What must be done to the slices that mirror `endpoints`. */
export function planMirror(
  endpoints: Endpoints | undefined,
  service: Service | undefined,
  present: readonly EndpointSlice[],
): SliceAction[] {
  if (endpoints === undefined || !isMirrored(endpoints, service)) {
    return present.map((slice) => ({ type: 'delete', slice }));
  }
  const owner = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: endpoints.metadata,
    labels: endpoints.metadata.labels ?? {},
    serviceName: endpoints.metadata.name ?? '',
    manager: MIRROR_MANAGER,
  };
  return planGroups(owner, groupsOf(endpoints), present);
}
