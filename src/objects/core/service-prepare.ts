import type { Service } from '../../generated/types.ts';
import { equalJson } from './immutable.ts';
import {
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
} from './service-rules.ts';

/** A new Service has no status; a lone clusterIP is the first of clusterIPs. */
export function prepareServiceForCreate(service: Service): void {
  service.status = { loadBalancer: {} };
  const { spec } = service;
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
}

/** Upstream's care for clients that leave out or half-change what was allocated for them. */
export function prepareServiceForUpdate(service: Service, old: Service): void {
  service.status = old.status;
  keepAllocated(service, old);
  matchClusterIps(service, old);
  dropOutlived(service, old);
}

/** Allocated values that the caller left out stay. */
function keepAllocated(service: Service, old: Service): void {
  const { spec } = service;
  if (needsClusterIp(old) && needsClusterIp(service)) {
    spec.clusterIP ||= old.spec.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.spec.clusterIP) {
      spec.clusterIPs = old.spec.clusterIPs && [...old.spec.clusterIPs];
    }
  }
  if (needsNodePorts(old) && needsNodePorts(service)) keepNodePorts(service, old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(service)) {
    spec.healthCheckNodePort ||= old.spec.healthCheckNodePort;
  }
}

/** Ports are known by name; a number that another port took over is not given back. */
function keepNodePorts(service: Service, old: Service): void {
  const ports = service.spec.ports ?? [];
  const taken = new Set(ports.map(({ nodePort }) => nodePort ?? 0));
  const known = new Map(
    (old.spec.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort ?? 0]),
  );
  for (const port of ports) {
    const kept = port.nodePort ? 0 : (known.get(port.name ?? '') ?? 0);
    if (kept === 0 || taken.has(kept)) continue;
    port.nodePort = kept;
    taken.add(kept);
  }
}

/** Guesses what a change of only one of clusterIP and clusterIPs means for the other. */
function matchClusterIps({ spec }: Service, old: Service): void {
  const same = equalJson(spec.clusterIPs ?? [], old.spec.clusterIPs ?? []);
  if ((spec.clusterIP ?? '') === (old.spec.clusterIP ?? '')) {
    if (!spec.clusterIPs?.length && old.spec.clusterIPs?.length) {
      spec.clusterIPs = [...old.spec.clusterIPs];
    }
  } else if (same) {
    if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
    else delete spec.clusterIPs;
  }
}

/** Drops what a change of type leaves without meaning, unless the caller changed it as well. */
function dropOutlived(service: Service, old: Service): void {
  const { spec } = service;
  const unchanged = (field: keyof Service['spec']) => equalJson(spec[field], old.spec[field]);
  const drop = (...fields: (keyof Service['spec'])[]) => {
    for (const field of fields) delete spec[field];
  };
  if (needsClusterIp(old) && !needsClusterIp(service)) {
    if (unchanged('clusterIPs')) drop('clusterIP', 'clusterIPs');
    if (unchanged('ipFamilies')) drop('ipFamilies');
    if (unchanged('ipFamilyPolicy')) drop('ipFamilyPolicy');
  }
  if (needsNodePorts(old) && !needsNodePorts(service)) dropNodePorts(service, old);
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(service)) {
    if (unchanged('healthCheckNodePort')) drop('healthCheckNodePort');
  }
  if (old.spec.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (unchanged('allocateLoadBalancerNodePorts')) drop('allocateLoadBalancerNodePorts');
    if (unchanged('loadBalancerClass')) drop('loadBalancerClass');
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(service)) {
    if (unchanged('externalTrafficPolicy')) drop('externalTrafficPolicy');
  }
}

function dropNodePorts(service: Service, old: Service): void {
  const numbers = ({ spec }: Service) => new Set((spec.ports ?? []).map((port) => port.nodePort));
  const before = numbers(old);
  if (![...numbers(service)].every((nodePort) => before.has(nodePort))) return;
  for (const port of service.spec.ports ?? []) delete port.nodePort;
}
