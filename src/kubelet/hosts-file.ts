import type { Pod } from '../generated/types.ts';
import { podDomain, podHostname } from './sandbox-config.ts';

/**
 * /etc/hosts of a pod with its own network, byte for byte as upstream writes it.
 *
 * @param clusterDomain such as cluster.local, for pods with a subdomain
 */
export function podHostsFile(pod: Pod, podIps: readonly string[], clusterDomain: string): string {
  const hostname = podHostname(pod);
  const domain = podDomain(pod, clusterDomain);
  let text = '# Kubernetes-managed hosts file.\n';
  text += '127.0.0.1\tlocalhost\n';
  text += '::1\tlocalhost ip6-localhost ip6-loopback\n';
  text += 'fe00::0\tip6-localnet\n';
  text += 'fe00::0\tip6-mcastprefix\n';
  text += 'fe00::1\tip6-allnodes\n';
  text += 'fe00::2\tip6-allrouters\n';
  for (const ip of podIps) {
    text += domain ? `${ip}\t${hostname}.${domain}\t${hostname}\n` : `${ip}\t${hostname}\n`;
  }
  return text + aliases(pod);
}

/** /etc/hosts of a pod on the host's network: the node's own, and the pod's aliases. */
export function hostNetworkHostsFile(pod: Pod, nodeFile: string): string {
  return `# Kubernetes-managed hosts file (host network).\n${nodeFile}${aliases(pod)}`;
}

function aliases(pod: Pod): string {
  const entries = pod.spec.hostAliases ?? [];
  if (entries.length === 0) return '';
  let text = '\n# Entries added by HostAliases.\n';
  for (const { ip, hostnames = [] } of entries) text += `${ip}\t${hostnames.join('\t')}\n`;
  return text;
}
