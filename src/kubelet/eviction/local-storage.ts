import type { Pod } from '../../generated/types.ts';
import { canonicalResource, resourceQuantity } from '../../objects/core/pod/resource-list.ts';
import { podLimits } from '../../objects/core/pod/resources.ts';
import { formatQuantity, wholeValue } from '../../objects/quantity.ts';
import type { PodDiskUsage } from '../edges.ts';
import { allContainers } from '../pod-identity.ts';
import { containerDisk, podDisk } from './pod-usage.ts';

const RESOURCE = 'ephemeral-storage';

/** The emptyDir volumes of a pod that lie on the node's disk. */
export function diskVolumes(pod: Pod): string[] {
  return (pod.spec.volumes ?? [])
    .filter(({ emptyDir }) => emptyDir !== undefined && (emptyDir.medium ?? '') === '')
    .map(({ name }) => name);
}

/** Whether anything limits what the pod may have on the node's disk: only then it is measured. */
export function isDiskLimited(pod: Pod): boolean {
  const hasVolume = (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit);
  return hasVolume || podLimits(pod.spec).has(RESOURCE);
}

/**
 * Why a pod must be evicted for what it has on the node's disk, in upstream's words; null when it
 * keeps to its limits. Pure.
 */
export function overDiskLimit(pod: Pod, usage: PodDiskUsage): string | null {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const { sizeLimit } = emptyDir ?? {};
    const limit = bytes(sizeLimit);
    if (sizeLimit === undefined || limit === 0 || (usage.volumes.get(name) ?? 0) <= limit) continue;
    return `Usage of EmptyDir volume "${name}" exceeds the limit "${canonicalResource(sizeLimit)}". `;
  }
  const total = podLimits(pod.spec).get(RESOURCE);
  if (total !== undefined && podDisk(usage) > wholeValue(total)) {
    const limit = formatQuantity(total);
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${limit}. `;
  }
  const used = containerDisk(usage);
  for (const { name, resources } of allContainers(pod)) {
    const limit = resources?.limits?.[RESOURCE];
    if (limit === undefined || (used.get(name) ?? 0) <= bytes(limit)) continue;
    return `Container ${name} exceeded its local ephemeral storage limit "${canonicalResource(limit)}". `;
  }
  return null;
}

function bytes(text: string | undefined): number {
  const quantity = resourceQuantity(text ?? '');
  return quantity === undefined ? 0 : wholeValue(quantity);
}
