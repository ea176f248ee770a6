import { formatTime } from '../../base/clock.ts';
import type { CgroupUsage, FileSystemUsage, PodDiskUsage } from '../edges.ts';
import { podDisk } from '../eviction/pod-usage.ts';
import type { Window } from './metrics-objects.ts';
import type { ContainerSample, PodSample } from './sample.ts';

const MS_PER_SECOND = 1000;

/** What pods had on the node's disk, by uid, and when (epoch ms). */
export interface DiskSample {
  readonly at: number;
  readonly pods: ReadonlyMap<string, PodDiskUsage>;
}

export interface SummaryNode {
  readonly name: string;
  readonly memoryBytes: number;
}

/**
 * The kubelet's own summary of what it and its pods use: /stats/summary of stats/v1alpha1, which
 * agents of monitoring read. What is not measured (traffic, page faults) is left out. Pure.
 */
export function statsSummary(window: Window, disks: DiskSample, node: SummaryNode): object {
  const { from, to } = window;
  const { node: used } = to;
  const time = formatTime(to.at);
  const before = new Map(
    from.pods.flatMap(({ containers }) => containers.map((sample) => [sample.id, sample] as const)),
  );
  const earlier = new Map(from.pods.map(({ pod, own }) => [pod.metadata.uid, own]));
  const ms = to.monotonicMs - from.monotonicMs;
  return {
    node: {
      nodeName: node.name,
      cpu: { time, ...cpu(used.cpuNanos, used.cpuNanos - from.node.cpuNanos, ms) },
      memory: {
        time,
        availableBytes: Math.max(0, node.memoryBytes - used.workingSetBytes),
        workingSetBytes: used.workingSetBytes,
      },
      fs: { time, ...fileSystem(used.nodefs) },
      runtime: { imageFs: { time, ...fileSystem(used.imagefs) } },
      rlimit: { time, maxpid: used.processesMax, curproc: used.processes },
    },
    pods: to.pods
      .filter(({ containers }) => containers.length > 0)
      .map((sample) => {
        const { name, namespace, uid = '' } = sample.pod.metadata;
        const disk = disks.pods.get(uid);
        return {
          podRef: { name, namespace, uid },
          startTime: sample.pod.status?.startTime,
          containers: sample.containers.map((container) => ({
            ...containerSummary(container, before.get(container.id), to.at, ms),
            ...(disk === undefined ? {} : containerDisks(container.name, disk, disks.at)),
          })),
          ...podSummary(sample, earlier.get(uid) ?? null, time, ms),
          ...(disk === undefined ? {} : podDisks(disk, disks.at, used.nodefs)),
        };
      }),
  };
}

function containerSummary(
  now: ContainerSample,
  before: ContainerSample | undefined,
  at: number,
  windowMs: number,
): object {
  const time = formatTime(at);
  const ms = before === undefined ? at - now.startedAt : windowMs;
  return {
    name: now.name,
    startTime: formatTime(now.startedAt),
    cpu: { time, ...cpu(now.cpuNanos, now.cpuNanos - (before?.cpuNanos ?? 0), ms) },
    memory: { time, usageBytes: now.memoryBytes, workingSetBytes: now.workingSetBytes },
  };
}

/** The pod's own control group: its containers and what holds them together. */
function podSummary(
  { own }: PodSample,
  before: CgroupUsage | null,
  time: string,
  ms: number,
): object {
  if (own === null) return {};
  const { cpuNanos, memoryBytes: usageBytes, processes, workingSetBytes } = own;
  const spent = before === null ? {} : nanoCores(cpuNanos - before.cpuNanos, ms);
  return {
    cpu: { time, usageCoreNanoSeconds: cpuNanos, ...spent },
    memory: { time, usageBytes, workingSetBytes },
    process_stats: { process_count: processes },
  };
}

function cpu(totalNanos: number, nanos: number, ms: number): object {
  return { usageCoreNanoSeconds: totalNanos, ...nanoCores(nanos, ms) };
}

function nanoCores(nanos: number, ms: number): object {
  return {
    usageNanoCores: Math.max(0, Math.round((nanos * MS_PER_SECOND) / Math.max(1, ms))),
  };
}

function containerDisks(name: string, disk: PodDiskUsage, at: number): object {
  const time = formatTime(at);
  const used = (part: ReadonlyMap<string, number>) => {
    const usedBytes = part.get(name);
    return usedBytes === undefined ? undefined : { time, usedBytes };
  };
  return { rootfs: used(disk.layers), logs: used(disk.logs) };
}

function podDisks(disk: PodDiskUsage, at: number, nodefs: FileSystemUsage): object {
  const time = formatTime(at);
  const { availableBytes, capacityBytes } = nodefs;
  return {
    volume: [...disk.volumes].map(([name, usedBytes]) => ({ time, name, usedBytes })),
    'ephemeral-storage': { time, availableBytes, capacityBytes, usedBytes: podDisk(disk) },
  };
}

function fileSystem({ inodes, inodesFree, ...bytes }: FileSystemUsage): object {
  return { ...bytes, inodes, inodesFree, inodesUsed: inodes - inodesFree };
}
