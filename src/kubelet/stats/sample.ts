import type { Pod } from '../../generated/types.ts';
import type { Cgroups, CgroupUsage, NodeUsage, UsageSource } from '../edges.ts';

/** A pod on this node with its running containers. */
export interface RunningPod {
  readonly pod: Pod;
  /** The pod's cgroup; each container's is below, by its id. */
  readonly cgroup: string;
  readonly containers: readonly {
    readonly id: string;
    readonly name: string;
    /** Epoch ms. */
    readonly startedAt: number;
  }[];
}

/** What one container had used at one moment, and since when. */
export interface ContainerSample {
  readonly id: string;
  readonly name: string;
  readonly startedAt: number;
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  readonly workingSetBytes: number;
}

/** What a pod and its containers had used at one moment. */
export interface PodSample {
  readonly pod: Pod;
  /** Of its control group; null where it has none. */
  readonly own: CgroupUsage | null;
  readonly containers: readonly ContainerSample[];
}

/** What the node and its containers had used at one moment. */
export interface Sample {
  /** Epoch ms, and the monotonic clock's. */
  readonly at: number;
  readonly monotonicMs: number;
  readonly node: NodeUsage;
  readonly pods: readonly PodSample[];
}

/** Reads what is used now. A container that has just ended is left out. */
export async function takeSample(
  parts: { readonly usage: UsageSource; readonly cgroups: Cgroups },
  running: readonly RunningPod[],
  times: { readonly at: number; readonly monotonicMs: number },
): Promise<Sample> {
  const [node, ...pods] = await Promise.all([
    parts.usage.node(),
    ...running.map(async ({ pod, cgroup, containers }) => {
      const samples = await Promise.all(
        containers.map(async (container) => {
          const used = await parts.cgroups.usage(`${cgroup}/${container.id}`);
          if (used === null) return [];
          const { cpuNanos, memoryBytes, workingSetBytes } = used;
          return [{ ...container, cpuNanos, memoryBytes, workingSetBytes }];
        }),
      );
      const own = await parts.cgroups.usage(cgroup);
      return { pod, own, containers: samples.flat() };
    }),
  ]);
  return { ...times, node, pods };
}
