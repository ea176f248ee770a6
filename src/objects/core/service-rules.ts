import type { Service } from '../../generated/types.ts';

/** What several parts of the service kind need to know about a Service. */

/** The clusterIP of a Service that has endpoints but no address of its own. */
export const NO_CLUSTER_IP = 'None';

/** Whether the Service is headless. */
export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === NO_CLUSTER_IP;
}

/** Whether clients outside the cluster can reach the Service. */
export function isExternallyAccessible({ spec }: Service): boolean {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
}

/** Whether the Service needs a port that tells load balancers which nodes have endpoints. */
export function needsHealthCheckPort({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Whether the Service has cluster addresses (or None). */
export function needsClusterIp({ spec }: Service): boolean {
  return spec.type !== 'ExternalName';
}

/** Whether every port of the Service gets a node port. */
export function needsNodePorts({ spec }: Service): boolean {
  if (spec.type === 'NodePort') return true;
  return spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}
