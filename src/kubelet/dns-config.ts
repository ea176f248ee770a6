import type { Pod } from '../generated/types.ts';
import type { SandboxConfig } from './runtime.ts';

/** Names and servers of the cluster and of the node itself. */
export interface DnsSettings {
  readonly clusterDns: readonly string[];
  /** Such as cluster.local. */
  readonly clusterDomain: string;
  /** The node's resolv.conf, which pods with policy Default use. */
  readonly node: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  };
}

type Dns = NonNullable<SandboxConfig['dns']>;

/** resolv.conf of a pod by its dnsPolicy, with its dnsConfig added. */
export function podDns(pod: Pod, settings: DnsSettings): Dns {
  const base = basicDns(pod, settings);
  const extra = pod.spec.dnsConfig ?? {};
  const servers = unique([...base.servers, ...(extra.nameservers ?? [])]);
  const searches = unique([...base.searches, ...(extra.searches ?? [])]);
  const options = new Map(base.options.map((option) => [option.split(':')[0]!, option]));
  for (const { name = '', value } of extra.options ?? []) {
    options.set(name, value ? `${name}:${value}` : name);
  }
  return { servers, searches, options: [...options.values()] };
}

function basicDns(pod: Pod, settings: DnsSettings): Dns {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec;
  if (dnsPolicy === 'None') return { servers: [], searches: [], options: [] };
  const isCluster =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  if (!isCluster || settings.clusterDns.length === 0) return settings.node;
  const { clusterDomain, clusterDns, node } = settings;
  const searches =
    clusterDomain === ''
      ? node.searches
      : [
          `${pod.metadata.namespace}.svc.${clusterDomain}`,
          `svc.${clusterDomain}`,
          clusterDomain,
          ...node.searches,
        ];
  return { servers: clusterDns, searches: unique(searches), options: ['ndots:5'] };
}

/** Reads the parts of a resolv.conf that pods inherit. */
export function parseResolvConf(text: string): DnsSettings['node'] {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...rest] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && rest[0] !== undefined) servers.push(rest[0]);
    else if (keyword === 'search') searches = rest;
    else if (keyword === 'options') options = rest;
  }
  return { servers, searches, options };
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
