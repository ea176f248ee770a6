import { matchesTerm } from '../../objects/core/node-selector-term.ts';
import { type Filter, never } from './filter.ts';

/** A pod's nodeSelector and its required node affinity. */
export const nodeAffinity: Filter = {
  name: 'NodeAffinity',
  changes: ['node-added', 'node-labels'],
  check({ pod }, { node }) {
    const labels = node.metadata.labels ?? {};
    const selector = Object.entries(pod.spec.nodeSelector ?? {});
    const required =
      pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const fits =
      selector.every(([key, value]) => labels[key] === value) &&
      (required === undefined ||
        (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node)));
    return fits ? null : never("node(s) didn't match Pod's node affinity/selector");
  },
};
