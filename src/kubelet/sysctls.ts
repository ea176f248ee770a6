import type { Pod } from '../generated/types.ts';
import { sysctlNamespace, withDots } from '../objects/core/pod/sysctl-name.ts';
import { goQuote } from '../objects/go-quote.ts';

/** What pods may set on a node that allows nothing else: upstream's safe sysctls. */
const SAFE: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

/** A pod's sysctls by their names with dots, as runtimes take them. */
export function podSysctls(pod: Pod): Record<string, string> {
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  return Object.fromEntries(sysctls.map(({ name, value }) => [withDots(name), value]));
}

/** What is wrong with the first of a pod's sysctls that it may not set; null when there is none. */
export function forbiddenSysctl({ spec }: Pod): string | null {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = withDots(name);
    const quoted = goQuote(dotted);
    if (!SAFE.has(dotted)) return `${quoted} not allowlisted`;
    const namespace = sysctlNamespace(dotted);
    if (namespace === 'net' && spec.hostNetwork)
      return `${quoted} not allowed with host net enabled`;
    // Of the safe ones that are no network's, the kernel keeps one apart for each IPC namespace.
    if (namespace !== 'net' && spec.hostIPC) return `${quoted} not allowed with host ipc enabled`;
  }
  return null;
}
