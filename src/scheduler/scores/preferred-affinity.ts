import { matchesTerm } from '../../objects/core/node-selector-term.ts';
import type { Score } from './score.ts';

/** The weights of the pod's preferred node terms that a node matches. */
export const preferredAffinity: Score = {
  name: 'NodeAffinity',
  weight: 2,
  scale: 'to-largest',
  rate({ pod }, { node }) {
    const terms =
      pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    let sum = 0;
    for (const { weight, preference } of terms) if (matchesTerm(preference, node)) sum += weight;
    return sum;
  },
};
