import type { Pod } from '../generated/types.ts';
import { type DnsSettings, podDns } from './dns-config.ts';
import { allContainers, identityOf } from './pod-identity.ts';
import {
  type IdRange,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  type PortMapping,
  type SandboxConfig,
} from './runtime.ts';
import { namespaceOptions, sandboxSecurity } from './security-context.ts';
import { podSysctls } from './sysctls.ts';

const HOSTNAME_LENGTH_MAX = 63;
/** What Linux takes. */
const FQDN_LENGTH_MAX = 64;

/** A pod's host name: the one it asks for, else its name, cut to what the kernel takes. */
export function podHostname(pod: Pod): string {
  const name = pod.spec.hostname || (pod.metadata.name ?? '');
  // A cut name must not end in what a host name may not end in.
  return name.slice(0, HOSTNAME_LENGTH_MAX).replace(/[-.]+$/, '');
}

/** `web.db.ns.svc.cluster.local`'s part after the host name; '' for a pod without a subdomain. */
export function podDomain({ metadata, spec }: Pod, clusterDomain: string): string {
  return spec.subdomain ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}` : '';
}

/** The name that the kernel is given: with the domain where the pod asks for that. */
function kernelHostname(pod: Pod, clusterDomain: string): string {
  // With the node's network comes its host name, which runc refuses to set.
  if (pod.spec.hostNetwork) return '';
  const hostname = podHostname(pod);
  const domain = podDomain(pod, clusterDomain);
  if (!pod.spec.setHostnameAsFQDN || domain === '') return hostname;
  const fqdn = `${hostname}.${domain}`;
  if (fqdn.length <= FQDN_LENGTH_MAX) return fqdn;
  const limit = `${FQDN_LENGTH_MAX} characters is the max, ${fqdn.length} characters requested`;
  throw new Error(
    'failed to construct FQDN from Pod hostname and cluster domain, ' +
      `FQDN ${fqdn} is too long (${limit})`,
  );
}

/**
 * What the runtime is told to make a pod's sandbox.
 *
 * @param users absent for those of the node
 * @throws Error with upstream's words for what the kernel cannot do
 */
export function sandboxConfig(
  pod: Pod,
  attempt: number,
  logDirectory: string,
  dns: DnsSettings,
  cgroupParent: string,
  users?: IdRange,
): SandboxConfig {
  const { uid, name, namespace } = identityOf(pod);
  return {
    name,
    namespace,
    uid,
    attempt,
    hostname: kernelHostname(pod, dns.clusterDomain),
    logDirectory,
    dns: podDns(pod, dns),
    portMappings: pod.spec.hostNetwork ? [] : portMappings(pod),
    labels: {
      ...pod.metadata.labels,
      [POD_NAME_LABEL]: name,
      [POD_NAMESPACE_LABEL]: namespace,
      [POD_UID_LABEL]: uid,
    },
    annotations: pod.metadata.annotations ?? {},
    cgroupParent,
    namespaces: namespaceOptions(pod, '', users),
    security: sandboxSecurity(pod),
    sysctls: podSysctls(pod),
  };
}

function portMappings(pod: Pod): PortMapping[] {
  return allContainers(pod)
    .flatMap((container) => container.ports ?? [])
    .filter((port) => (port.hostPort ?? 0) > 0)
    .map((port) => ({
      protocol: (port.protocol ?? 'TCP') as PortMapping['protocol'],
      containerPort: port.containerPort,
      hostPort: port.hostPort!,
      hostIp: port.hostIP ?? '',
    }));
}
