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
  const zones = servable
    .filter(({ protocol }) => protocol === 'UDP')
    .map((port) => `    ${zoneRule(port)}\n`)
    .join('');
  const served = [...new Set(servable.map((port) => port.podIp))];
  const hairpin = served.map((ip) => `    ip saddr ${ip} ip daddr ${ip} masquerade\n`).join('');
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain udpzones {
${zones}  }
  chain before {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto udp fib daddr type local jump udpzones
  }
  chain beforeoutput {
    type filter hook output priority raw; policy accept;
    meta l4proto udp fib daddr type local jump udpzones
  }
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
  return `${arrivalsAt(port)} dnat to ${port.podIp}:${port.containerPort}`;
}

/**
 * The kernel remembers where the datagrams of a client went for as long as it sends any, and asks
 * no rule again: they would go to a pod that is gone, or nowhere since there was none at first. Each
 * pod has a zone of its own, named by its address, in which nothing of others is remembered.
 */
function zoneRule(port: HostPort): string {
  const [, , third = 0, fourth = 0] = port.podIp.split('.').map(Number);
  return `${arrivalsAt(port)} ct original zone set ${third * 256 + fourth}`;
}

function arrivalsAt({ hostIp, protocol, hostPort }: HostPort): string {
  const address = isAnyAddress(hostIp) ? '' : `ip daddr ${hostIp} `;
  return `${address}${protocol.toLowerCase()} dport ${hostPort}`;
}
