import type { Pod } from '../../generated/types.ts';
import { someContainer } from '../../objects/core/pod/any-container.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { debuggedPodOf, newPodOf } from './pod-object.ts';
import { refusal } from './refusal.ts';

/**
 * Refuses pods that ask for what no node of this cluster has, rather than running them without:
 * upstream's RuntimeClass, for a cluster that has none, and devices by claim or as raw volumes.
 */
export const podAbilities: AdmissionPlugin = {
  name: 'PodAbilities',

  admit(admission: Admission) {
    const pod = newPodOf(admission) ?? debuggedPodOf(admission);
    const lack = pod === null ? null : lackOf(pod);
    if (lack === null) return undefined;
    throw refusal(admission, `pod rejected: ${lack}`);
  },
};

function lackOf({ spec }: Pod): string | null {
  if (spec.runtimeClassName) return `RuntimeClass "${spec.runtimeClassName}" not found`;
  if (Object.keys(spec.overhead ?? {}).length > 0) {
    return 'Pod Overhead set without corresponding RuntimeClass defined Overhead';
  }
  if (spec.resourceClaims?.length) {
    return 'spec.resourceClaims: resource claims are not served by this cluster';
  }
  if (someContainer(spec, ({ volumeDevices }) => !!volumeDevices?.length)) {
    return 'volumeDevices: raw block volumes are not served by this cluster';
  }
  return null;
}
