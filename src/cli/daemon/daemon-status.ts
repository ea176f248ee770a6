import { readFileSync } from 'node:fs';
import { nodes } from '../../client/resources.ts';
import type { Cluster } from '../../cluster.ts';
import { KUBERNETES_VERSION, PROA_VERSION } from '../../version.ts';
import type { ClusterSettings } from '../cluster-file.ts';
import type { DaemonStatus } from '../commands/status.ts';
import type { NodeHost } from './node-host.ts';
import { isReady } from './node-ready.ts';

export interface StatusSources {
  readonly state: 'starting' | 'up';
  readonly settings: ClusterSettings;
  readonly server: string;
  readonly node: NodeHost;
  readonly cluster: Cluster;
}

/** What `proa status` shows. */
export async function daemonStatus(sources: StatusSources): Promise<DaemonStatus> {
  const { state, settings, server, node, cluster } = sources;
  const pids = { proa: process.pid, ...node.pids() };
  const memory = Object.entries(pids).map(([name, pid]) => [name, residentBytes(pid)]);
  const client = cluster.clientOf('system:apiserver', 'system:masters');
  const found = await client.get(nodes, settings.nodeName).catch(() => null);
  return {
    state,
    version: PROA_VERSION,
    kubernetes: KUBERNETES_VERSION,
    server,
    node: settings.nodeName,
    nodeReady: found !== null && isReady(found),
    runtime: settings.runtime,
    podCidr: settings.podCidr,
    serviceCidr: settings.serviceCidr,
    pids,
    memoryBytes: Object.fromEntries(memory),
    uptimeSeconds: Math.round(process.uptime()),
  };
}

function residentBytes(pid: number): number {
  if (pid === process.pid) return process.memoryUsage.rss();
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    // It ended just now.
    return 0;
  }
}
