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

/** The limits of libc's resolver, beyond which upstream leaves out what comes last. */
const NAMESERVERS_MAX = 3;
const SEARCHES_MAX = 32;
const SEARCH_LINE_CHARACTERS_MAX = 2_048;
/** glibc 2.28 aborts on longer ones. */
const SEARCH_CHARACTERS_MAX = 253;

/** resolv.conf of a pod by its dnsPolicy, with its dnsConfig added. */
export function podDns(pod: Pod, settings: DnsSettings): Dns {
  const { servers, searches, options } = wholeDns(pod, settings);
  return {
    servers: servers.slice(0, NAMESERVERS_MAX),
    searches: fittingSearches(searches),
    options,
  };
}

/** What had to be left out of a pod's resolv.conf, in upstream's words for its event. */
export function dnsComplaints(pod: Pod, settings: DnsSettings): string[] {
  const whole = wholeDns(pod, settings);
  const applied = podDns(pod, settings);
  const complaints: string[] = [];
  const omitted = (what: string, parts: string, line: string, items: readonly string[]) =>
    `${what} limits were exceeded, some ${parts} have been omitted, ` +
    `the applied ${line} is: ${items.join(' ')}`;
  if (applied.searches.length < whole.searches.length) {
    complaints.push(omitted('Search Line', 'search paths', 'search line', applied.searches));
  }
  if (applied.servers.length < whole.servers.length) {
    complaints.push(omitted('Nameserver', 'nameservers', 'nameserver line', applied.servers));
  }
  return complaints;
}

function fittingSearches(searches: readonly string[]): string[] {
  const fitting = searches
    .slice(0, SEARCHES_MAX)
    .filter(({ length }) => length <= SEARCH_CHARACTERS_MAX);
  while (fitting.join(' ').length > SEARCH_LINE_CHARACTERS_MAX) fitting.pop();
  return fitting;
}

function wholeDns(pod: Pod, settings: DnsSettings): Dns {
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
    // The same domain with a dot at its end and without counts once.
    else if (keyword === 'search') searches = rest.map((name) => name.replace(/(.)\.$/, '$1'));
    else if (keyword === 'options') options = rest;
  }
  return { servers, searches, options };
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
