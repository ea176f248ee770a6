import type { Admission, AdmissionPlugin } from './admission.ts';
import { writtenPodOf } from './pod-object.ts';

/** A pod stays so long on a node that is not ready or cannot be reached. */
const TOLERATION_SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Upstream's DefaultTolerationSeconds; an update that leaves them out gets them again. */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',

  admit(admission: Admission) {
    const pod = writtenPodOf(admission);
    if (pod === null) return undefined;
    const tolerations = [...(pod.spec.tolerations ?? [])];
    for (const key of TAINTS) {
      const isTolerated = tolerations.some(
        (toleration) =>
          (toleration.key === key || !toleration.key) &&
          (toleration.effect === 'NoExecute' || !toleration.effect),
      );
      if (isTolerated) continue;
      const operator = 'Exists';
      const effect = 'NoExecute';
      tolerations.push({ key, operator, effect, tolerationSeconds: TOLERATION_SECONDS });
    }
    pod.spec.tolerations = tolerations;
    return undefined;
  },
};
