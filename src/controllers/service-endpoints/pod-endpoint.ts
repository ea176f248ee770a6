import type { Pod, Service, ServicePort } from '../../generated/types.ts';
import { isSidecar, isTerminal } from '../../objects/core/pod/conditions.ts';
import { parseIp } from '../../objects/ip.ts';

export type IpFamily = 'IPv4' | 'IPv6';

/** A port of a Service as it is on a pod. */
export interface ResolvedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol: string | undefined;
}

/** Whether the Service is headless: its endpoints are all it has. */
export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === 'None';
}

/** Whether a pod is an endpoint at all; a terminating one only where `orTerminating`. */
export function isEndpoint(pod: Pod, orTerminating: boolean): boolean {
  if (isTerminal(pod) || podIps(pod).length === 0) return false;
  return orTerminating || !pod.metadata.deletionTimestamp;
}

function podIps({ status }: Pod): string[] {
  const many = (status?.podIPs ?? []).map(({ ip }) => ip ?? '').filter((ip) => ip !== '');
  return many.length > 0 ? many : status?.podIP ? [status.podIP] : [];
}

/** The pod's address of `family`, if it has one. */
export function podIp(pod: Pod, family: IpFamily): string | undefined {
  return podIps(pod).find((ip) => `IPv${parseIp(ip)?.family}` === family);
}

/** The families in which the Service has endpoints. */
export function familiesOf({ spec }: Service): IpFamily[] {
  const families = (spec.ipFamilies ?? []).filter(
    (family): family is IpFamily => family === 'IPv4' || family === 'IPv6',
  );
  if (families.length > 0) return families;
  return [parseIp(spec.clusterIP ?? '')?.family === 6 ? 'IPv6' : 'IPv4'];
}

/** The number of a Service's target port on the pod; undefined when no container names it. */
function findPort({ spec }: Pod, { port, targetPort, protocol }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort || port;
  if (!targetPort) return port;
  const lasting = [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)];
  const named = lasting
    .flatMap(({ ports = [] }) => ports)
    .find((one) => one.name === targetPort && (one.protocol || 'TCP') === (protocol || 'TCP'));
  return named?.containerPort;
}

/** The Service's ports on the pod; those that the pod does not name are left out. */
export function resolvePorts(service: Service, pod: Pod): ResolvedPort[] {
  return (service.spec.ports ?? []).flatMap((servicePort) => {
    const port = findPort(pod, servicePort);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, port, protocol, appProtocol }];
  });
}

/** The host name under which DNS knows the pod within this Service, if any. */
export function hostnameOf({ metadata, spec }: Pod, service: Service): string | undefined {
  const mine = spec.subdomain === service.metadata.name;
  return mine && metadata.namespace === service.metadata.namespace
    ? spec.hostname || undefined
    : undefined;
}
