import { forbidden } from '../errors.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { newPodOf } from './pod-object.ts';

/**
 * Upstream's RuntimeClass, for a cluster that has none: a pod that names one is refused, and so is
 * one with an overhead, which only a class gives.
 */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',

  admit(admission: Admission) {
    const { kind, name } = admission;
    const { runtimeClassName, overhead } = newPodOf(admission)?.spec ?? {};
    if (runtimeClassName !== undefined) {
      const why = `pod rejected: RuntimeClass "${runtimeClassName}" not found`;
      throw forbidden(kind, name, why);
    }
    if (Object.keys(overhead ?? {}).length === 0) return undefined;
    const why =
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
    throw forbidden(kind, name, why);
  },
};
