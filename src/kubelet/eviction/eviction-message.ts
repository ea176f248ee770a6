import type { Pod } from '../../generated/types.ts';
import { allContainers } from '../pod-identity.ts';
import { containerRequest, type PodUsage } from './pod-usage.ts';
import {
  amountText,
  type Observations,
  resourceOf,
  type Threshold,
  thresholdAmount,
} from './thresholds.ts';

/** Why a pod was evicted, in upstream's words, blank at the end included. */
export function evictionMessage(
  threshold: Threshold,
  observations: Observations,
  usage: PodUsage,
): string {
  const resource = resourceOf(threshold.signal);
  let text = `The node was low on resource: ${resource}. `;
  const observation = observations.get(threshold.signal);
  if (observation !== undefined) {
    const quantity = amountText(resource, thresholdAmount(threshold, observation.capacity));
    const available = amountText(resource, observation.available);
    text += `Threshold quantity: ${quantity}, available: ${available}. `;
  }
  return text + containerTexts(usage.pod, usage.containers, resource);
}

function containerTexts(
  pod: Pod,
  used: ReadonlyMap<string, number>,
  resource: ReturnType<typeof resourceOf>,
): string {
  let text = '';
  for (const container of allContainers(pod)) {
    const own = used.get(container.name);
    const request = containerRequest(container, resource);
    if (own === undefined || own <= request) continue;
    text +=
      `Container ${container.name} was using ${amountText(resource, own)}, request is ` +
      `${amountText(resource, request)}, has larger consumption of ${resource}. `;
  }
  return text;
}
