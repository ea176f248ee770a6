import type {
  CoreV1EndpointPort,
  EndpointAddress,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from '../../generated/types.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { isPodReady } from '../../objects/core/pod/conditions.ts';
import {
  familiesOf,
  hostnameOf,
  isEndpoint,
  isHeadless,
  podIp,
  resolvePorts,
} from '../service-endpoints/pod-endpoint.ts';

/** Addresses an Endpoints object may hold; a larger Service shows only so many. */
const ADDRESSES_MAX = 1000;
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const MANAGED_BY = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };

interface Member {
  readonly address: EndpointAddress;
  readonly ready: boolean;
}

/** The port that stands for "no ports at all" of a headless Service without ports. */
const NO_PORT = '';

function addressOf(pod: Pod, service: Service, ip: string): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** Every address of every port. */
function membersByPort(service: Service, pods: readonly Pod[]): Map<string, Member[]> {
  const { publishNotReadyAddresses = false, ports = [] } = service.spec;
  const family = familiesOf(service)[0]!;
  const members = new Map<string, Member[]>();
  for (const pod of pods) {
    const ip = podIp(pod, family);
    if (ip === undefined || !isEndpoint(pod, publishNotReadyAddresses)) continue;
    const ready = publishNotReadyAddresses || isPodReady(pod);
    const member = { address: addressOf(pod, service, ip), ready };
    const portless = ports.length === 0 && isHeadless(service);
    const keys = portless
      ? [NO_PORT]
      : resolvePorts(service, pod).map((port) => JSON.stringify(port));
    for (const key of keys) {
      const others = members.get(key);
      if (others === undefined) members.set(key, [member]);
      else others.push(member);
    }
  }
  return members;
}

function portOf(key: string): CoreV1EndpointPort {
  const { name, ...rest } = JSON.parse(key) as CoreV1EndpointPort;
  return name === '' ? rest : { name, ...rest };
}

/**
 * The subsets of a Service: ports with the same addresses share one, so no address is listed twice
 * for a port.
 */
export function planSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const groups = new Map<string, { ports: string[]; members: Member[] }>();
  for (const [port, members] of membersByPort(service, pods)) {
    const key = JSON.stringify(
      members.map(({ address, ready }) => [address.targetRef?.uid, ready]),
    );
    const group = groups.get(key) ?? { ports: [], members };
    group.ports.push(port);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ ports, members }) => {
    const addresses = members.filter(({ ready }) => ready).map(({ address }) => address);
    const notReady = members.filter(({ ready }) => !ready).map(({ address }) => address);
    const named = ports.filter((port) => port !== NO_PORT).sort();
    return {
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(named.length > 0 ? { ports: named.map(portOf) } : {}),
    };
  });
}

/** Cuts the subsets to the largest allowed size, ready addresses first. */
function truncate(subsets: EndpointSubset[]): boolean {
  let room = ADDRESSES_MAX;
  let cut = false;
  for (const field of ['addresses', 'notReadyAddresses'] as const) {
    for (const subset of subsets) {
      const addresses = subset[field];
      if (addresses === undefined) continue;
      if (addresses.length > room) {
        subset[field] = addresses.slice(0, room);
        cut = true;
      }
      room -= subset[field]!.length;
      if (subset[field]!.length === 0) delete subset[field];
    }
  }
  return cut;
}

/** The Endpoints that a Service must have, or null when `present` is good as it is. */
export function planEndpoints(
  service: Service,
  pods: readonly Pod[],
  present: Endpoints | undefined,
): Endpoints | null {
  const all = planSubsets(service, pods);
  const cut = truncate(all);
  const subsets = all.filter((subset) => subset.addresses || subset.notReadyAddresses);
  const headless: Record<string, string> = isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {};
  const labels = { ...service.metadata.labels, ...headless, ...MANAGED_BY };
  const { [OVER_CAPACITY]: _, ...kept } = present?.metadata.annotations ?? {};
  const annotations = cut ? { ...kept, [OVER_CAPACITY]: 'truncated' } : kept;
  const same =
    present !== undefined &&
    equalJson(present.subsets ?? [], subsets) &&
    equalJson(present.metadata.labels ?? {}, labels) &&
    equalJson(present.metadata.annotations ?? {}, annotations);
  if (same) return null;
  const { name, namespace } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...present?.metadata, name, namespace, labels, annotations },
    subsets,
  };
}
