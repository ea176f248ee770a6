import type { Container, Pod } from '../../generated/types.ts';
import { resourceQuantity } from '../../objects/core/pod/resource-list.ts';
import { podRequests } from '../../objects/core/pod/resources.ts';
import { wholeValue } from '../../objects/quantity.ts';
import type { PodDiskUsage } from '../edges.ts';

/** What a pod uses of a resource that the node is short of. */
export interface PodUsage {
  readonly pod: Pod;
  /** Bytes, or processes. */
  readonly used: number;
  /** By container, where it can be told. */
  readonly containers: ReadonlyMap<string, number>;
}

/** What a pod requests of a resource, in whole units. */
export function podRequest({ spec }: Pod, resource: string): number {
  const quantity = podRequests(spec).get(resource);
  return quantity === undefined ? 0 : wholeValue(quantity);
}

/** What a container requests of a resource. */
export function containerRequest({ resources }: Container, resource: string): number {
  const quantity = resourceQuantity(resources?.requests?.[resource] ?? '');
  return quantity === undefined ? 0 : wholeValue(quantity);
}

/** What each container wrote: its layer and its logs. */
export function containerDisk(usage: PodDiskUsage): ReadonlyMap<string, number> {
  const sums = new Map(usage.layers);
  for (const [name, bytes] of usage.logs) sums.set(name, (sums.get(name) ?? 0) + bytes);
  return sums;
}

/** What a pod has on the node's disk: its containers' and its volumes'. */
export function podDisk(usage: PodDiskUsage): number {
  let sum = 0;
  for (const part of [containerDisk(usage), usage.volumes]) {
    for (const bytes of part.values()) sum += bytes;
  }
  return sum;
}
