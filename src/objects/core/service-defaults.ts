import type { Service } from '../../generated/types.ts';
import { isExternallyAccessible } from './service-rules.ts';

/** Upstream's default of sessionAffinityConfig.clientIP.timeoutSeconds: three hours. */
const AFFINITY_SECONDS = 10_800;

function setAffinity({ spec }: Service): void {
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity !== 'ClientIP') return;
  if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds !== undefined) return;
  spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
}

/** Fills in what upstream defaults in a Service; addresses and ports are allocated elsewhere. */
export function setServiceDefaults(service: Service): void {
  service.spec ??= {};
  const { spec } = service;
  setAffinity(service);
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of service.status?.loadBalancer?.ingress ?? []) {
      if (ingress.ip) ingress.ipMode ??= 'VIP';
    }
  }
  service.status ??= {};
  service.status.loadBalancer ??= {};
}
