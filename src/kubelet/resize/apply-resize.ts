import type { Container, Pod, ResourceRequirements } from '../../generated/types.ts';
import { podCgroupLimits } from '../cgroups/pod-limits.ts';
import type { CgroupLimits } from '../edges.ts';
import { linuxResources } from '../linux-resources.ts';
import type { NodeContext } from '../node-context.ts';

/** A running container that gets other resources. */
export interface ContainerResize {
  readonly id: string;
  readonly name: string;
  /** As it shall be. */
  readonly container: Container;
  readonly from: ResourceRequirements;
  /** False where it must be replaced: then it gets its resources as it starts anew. */
  readonly inPlace: boolean;
}

/**
 * Sets the limits of a pod's cgroup and of containers in it. The pod's grow before the containers'
 * and shrink after them, since no group may have more than the one that it is in.
 *
 * @throws Error with what could not be set; what was set stays, and can be set again
 */
export async function applyResize(
  node: NodeContext,
  before: Pod,
  after: Pod,
  containers: readonly ContainerResize[],
): Promise<void> {
  const [old, next] = [podCgroupLimits(before), podCgroupLimits(after)];
  const inPlace = containers.filter((resize) => resize.inPlace);
  await refuseBelowUsage(node, after, next, inPlace);
  await node.cgroups.limit(after, larger(old, next));
  const { memoryBytes } = node.edges.machine;
  const { isUnified } = node.edges.cgroups;
  for (const { id, container } of inPlace) {
    const resources = linuxResources(after, container, { memoryBytes, isUnified });
    await node.runtime.updateContainer(id, resources);
  }
  if (inPlace.length === containers.length) await node.cgroups.limit(after, next);
}

/** The larger of each limit; what only one of them limits is limited last. */
function larger(a: CgroupLimits, b: CgroupLimits): CgroupLimits {
  const most = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? -1 : Math.max(x, y);
  return {
    cpuShares: b.cpuShares,
    cpuPeriodUs: b.cpuPeriodUs ?? a.cpuPeriodUs,
    cpuQuotaUs: most(a.cpuQuotaUs, b.cpuQuotaUs),
    memoryLimitBytes: most(a.memoryLimitBytes, b.memoryLimitBytes),
  };
}

/** A limit below what is in use would end processes: upstream does not set it, and says so. */
async function refuseBelowUsage(
  node: NodeContext,
  pod: Pod,
  { memoryLimitBytes: podLimit }: CgroupLimits,
  containers: readonly ContainerResize[],
): Promise<void> {
  const { cgroups, machine } = node.edges;
  const group = node.cgroups.pathOf(pod);
  if (group === '') return;
  const usage = async (path: string) => (await cgroups.usage(path))?.workingSetBytes ?? 0;
  const podUsage = podLimit === undefined ? 0 : await usage(group);
  if (podLimit !== undefined && podUsage > podLimit) {
    const numbers = `(${podLimit}) below current usage (${podUsage})`;
    throw new Error(`attempting to set pod memory limit ${numbers}`);
  }
  const limits = { memoryBytes: machine.memoryBytes, isUnified: cgroups.isUnified };
  for (const { id, name, container } of containers) {
    const { memoryLimitBytes: limit } = linuxResources(pod, container, limits);
    if (limit === undefined) continue;
    const used = await usage(`${group}/${id}`);
    if (used <= limit) continue;
    const numbers = `(${limit}) below current usage (${used})`;
    throw new Error(`attempting to set container "${name}" memory limit ${numbers}`);
  }
}
