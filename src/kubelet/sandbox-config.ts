import type { Pod } from '../generated/types.ts';
import { type DnsSettings, podDns } from './dns-config.ts';
import { allContainers, identityOf } from './pod-identity.ts';
import {
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  type PortMapping,
  type SandboxConfig,
} from './runtime.ts';
import { namespaceOptions, sandboxSecurity } from './security-context.ts';
import { podSysctls } from './sysctls.ts';

const HOSTNAME_LENGTH_MAX = 63;
const NO_USER_NAMESPACES =
  "can't set `spec.hostUsers: false`, runtime does not support user namespaces";

/** A pod's host name: the one it asks for, else its name, cut to what the kernel takes. */
export function podHostname(pod: Pod): string {
  const name = pod.spec.hostname || (pod.metadata.name ?? '');
  // A cut name must not end in what a host name may not end in.
  return name.slice(0, HOSTNAME_LENGTH_MAX).replace(/[-.]+$/, '');
}

/**
 * What the runtime is told to make a pod's sandbox.
 *
 * @throws Error with upstream's words for what the runtime cannot do
 */
export function sandboxConfig(
  pod: Pod,
  attempt: number,
  logDirectory: string,
  dns: DnsSettings,
  cgroupParent: string,
): SandboxConfig {
  const { uid, name, namespace } = identityOf(pod);
  if (pod.spec.hostUsers === false) throw new Error(NO_USER_NAMESPACES);
  return {
    name,
    namespace,
    uid,
    attempt,
    // With the node's network comes its host name, which runc refuses to set.
    hostname: pod.spec.hostNetwork ? '' : podHostname(pod),
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
    namespaces: namespaceOptions(pod),
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
