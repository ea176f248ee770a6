import { isIPv4 } from 'node:net';
import type { PortMapping } from '../../kubelet/runtime.ts';
import { isAnyAddress, isServedAddress } from './host-address.ts';

/** What the rules of a node's pods are made from. */
export interface PodRules {
  readonly table: string;
  readonly bridge: string;
  /** Addresses of this node's pods. */
  readonly podCidr: string;
  /** Addresses of all pods: between them nothing is masqueraded. */
  readonly clusterCidr: string;
  readonly hostPorts: readonly HostPort[];
}

/** A port of the node that leads into a pod. */
export interface HostPort extends PortMapping {
  readonly podIp: string;
}

/**
 * One nftables table with everything for the pods of a node, replaced atomically by
 * `nft -f -`: packets out of the pod network leave with the node's address, and host ports lead
 * into pods, also from the node itself and from the pod behind the port.
 */
export function podRules(rules: PodRules): string {
  const { table, bridge, podCidr, clusterCidr, hostPorts } = rules;
  const servable = hostPorts.filter(isServable);
  const dnat = servable.map((port) => `    ${dnatRule(port)}\n`).join('');
  const served = [...new Set(servable.map((port) => port.podIp))];
  const hairpin = served.map((ip) => `    ip saddr ${ip} ip daddr ${ip} masquerade\n`).join('');
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain hostports {
${dnat}  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump hostports
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump hostports
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
${hairpin}    ip saddr 127.0.0.0/8 oifname "${bridge}" masquerade
    ip saddr ${podCidr} ip daddr ${clusterCidr} return
    ip saddr ${podCidr} ip daddr 224.0.0.0/4 return
    ip saddr ${podCidr} oifname != "${bridge}" masquerade
  }
}
`;
}

/**
 * Whether a port can stand in the rules. They are a program that runs as root: a text that is no
 * address, noted by an earlier version, must never become a part of it, nor break it for all pods.
 */
function isServable({ hostIp, podIp }: HostPort): boolean {
  return isIPv4(podIp) && isServedAddress(hostIp);
}

function dnatRule(port: HostPort): string {
  const address = isAnyAddress(port.hostIp) ? '' : `ip daddr ${port.hostIp} `;
  const protocol = port.protocol.toLowerCase();
  return `${address}${protocol} dport ${port.hostPort} dnat to ${port.podIp}:${port.containerPort}`;
}
