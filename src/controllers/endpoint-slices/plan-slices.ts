import type { Endpoint, EndpointSlice, Node, Pod, Service } from '../../generated/types.ts';
import { isPodReady } from '../../objects/core/pod/conditions.ts';
import {
  familiesOf,
  hostnameOf,
  isEndpoint,
  isHeadless,
  podIp,
  resolvePorts,
} from '../service-endpoints/pod-endpoint.ts';
import {
  groupKey,
  planGroups,
  type SliceAction,
  type SliceGroup,
  type SliceOwner,
} from './plan-groups.ts';

/** How this controller marks its slices. */
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** What the slices of a Service are made from. */
export interface SliceInput {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** The slices of this Service that the controller manages. */
  readonly present: readonly EndpointSlice[];
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

function groupsOf(input: SliceInput): Map<string, SliceGroup> {
  const groups = new Map<string, SliceGroup>();
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

/**
 * What must be done to the slices of a Service. A family without endpoints keeps one empty slice,
 * so that its readers know there is nothing to wait for.
 */
export function planSlices(input: SliceInput): SliceAction[] {
  const { service, present } = input;
  const groups = groupsOf(input);
  for (const family of familiesOf(service)) {
    if ([...groups.values()].some((group) => group.family === family)) continue;
    groups.set(groupKey(family, []), { family, ports: [], endpoints: new Map() });
  }
  const headless: Record<string, string> = isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {};
  const owner: SliceOwner = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: service.metadata,
    labels: { ...service.metadata.labels, ...headless },
    serviceName: service.metadata.name ?? '',
    manager: MANAGER,
  };
  return planGroups(owner, groups, present);
}
