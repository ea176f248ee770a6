import type { Pod } from '../../generated/types.ts';
import type { Admission, AdmissionPlugin } from './admission.ts';
import { writtenPodOf } from './pod-object.ts';
import { refusal } from './refusal.ts';

/** The classes that every cluster has. */
const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
]);

/**
 * Upstream's Priority: a pod's priority is that of its class, 0 without one. An update that leaves
 * it out keeps it.
 */
export const priority: AdmissionPlugin = {
  name: 'Priority',

  admit(admission: Admission) {
    const pod = writtenPodOf(admission);
    if (pod === null) return undefined;
    const { spec } = pod;
    if (admission.old !== null) {
      const old = (admission.old as unknown as Pod).spec;
      if (old.priority !== undefined) spec.priority ??= old.priority;
      if (old.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.preemptionPolicy;
      return undefined;
    }
    const className = spec.priorityClassName;
    const value = className ? SYSTEM_CLASSES.get(className) : 0;
    if (value === undefined) {
      throw refusal(admission, `no PriorityClass with name ${className} was found`);
    }
    if (spec.priority !== undefined && spec.priority !== value) {
      throw refusal(
        admission,
        'the integer value of priority must not be provided in pod spec; ' +
          `priority admission controller computed ${value} from the given PriorityClass name`,
      );
    }
    spec.priority = value;
    spec.preemptionPolicy ??= 'PreemptLowerPriority';
    return undefined;
  },
};
