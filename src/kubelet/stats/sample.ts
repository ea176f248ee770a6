import type { Pod } from '../../generated/types.ts';
import type { Cgroups, UsageSource } from '../edges.ts';

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
  readonly workingSetBytes: number;
}

/** What the node and its containers had used at one moment. */
export interface Sample {
  /** Epoch ms, and the monotonic clock's. */
  readonly at: number;
  readonly monotonicMs: number;
  readonly node: { readonly cpuNanos: number; readonly workingSetBytes: number };
  readonly pods: readonly { readonly pod: Pod; readonly containers: readonly ContainerSample[] }[];
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
          const { cpuNanos, workingSetBytes } = used;
          return [{ ...container, cpuNanos, workingSetBytes }];
        }),
      );
      return { pod, containers: samples.flat() };
    }),
  ]);
  return { ...times, node, pods };
}
