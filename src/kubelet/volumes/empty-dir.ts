import type { Pod, Volume } from '../../generated/types.ts';
import { goQuote } from '../../objects/go-quote.ts';
import { parseQuantity, wholeValue } from '../../objects/quantity.ts';
import { podCgroupLimits } from '../cgroups/pod-limits.ts';
import { MountError, type VolumeType } from './volume-type.ts';

/** A folder that lives as long as its pod: on disk, or in memory for medium Memory. */
export const emptyDir: VolumeType = {
  async mount(volume, { pod, node }) {
    const { medium = '' } = volume.emptyDir ?? {};
    const refusal = refusedMedium(medium, pod);
    if (refusal !== null) throw new MountError(refusal);
    const isMemory = medium === 'Memory';
    const path = await node.edges.files.emptyDir(pod.metadata.uid ?? '', volume.name, {
      medium,
      fsGroup: pod.spec.securityContext?.fsGroup,
      ...(isMemory ? { sizeLimitBytes: memorySize(volume, pod, node.allocatable.memory) } : {}),
    });
    return { path };
  },
};

/** What cannot be had here must not quietly lie on the disk: why, in upstream's words. */
function refusedMedium(medium: string, { spec }: Pod): string | null {
  if (medium === '' || medium === 'Memory') return null;
  if (!medium.startsWith('HugePages')) return `unknown storage medium ${goQuote(medium)}`;
  const hasPages = [...spec.containers, ...(spec.initContainers ?? [])].some(({ resources }) =>
    Object.keys(resources?.requests ?? {}).some((name) => name.startsWith('hugepages-')),
  );
  return hasPages
    ? `medium ${medium}: huge pages are not supported by this node`
    : `medium ${medium}: hugePages storage requested, but there is no resource request for huge pages`;
}

/**
 * The size of a volume in memory: what its pod may have, or its own limit where that is less, as
 * upstream's calculateEmptyDirMemorySize. Without one a file could take half the machine's memory.
 */
function memorySize({ emptyDir: source }: Volume, pod: Pod, allocatable = '0'): number {
  const { sizeLimit = '0' } = source ?? {};
  const sizes = [
    wholeValue(parseQuantity(allocatable)),
    podCgroupLimits(pod).memoryLimitBytes ?? 0,
    wholeValue(parseQuantity(sizeLimit)),
  ];
  return Math.min(...sizes.filter((bytes) => bytes > 0));
}
