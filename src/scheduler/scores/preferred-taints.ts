import { tolerates } from '../../objects/core/taint-toleration.ts';
import type { Score } from './score.ts';

/** Avoids nodes with taints PreferNoSchedule that the pod does not tolerate. */
export const preferredTaints: Score = {
  name: 'TaintToleration',
  weight: 3,
  scale: 'reverse-to-largest',
  rate({ pod }, { node }) {
    const soft = (node.spec.taints ?? []).filter(({ effect }) => effect === 'PreferNoSchedule');
    const { tolerations = [] } = pod.spec;
    return soft.filter((taint) => !tolerations.some((one) => tolerates(one, taint))).length;
  },
};
