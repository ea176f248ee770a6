import type { Node, Pod } from '../../generated/types.ts';
import { matchesTerm } from '../../objects/core/node-selector-term.ts';
import { type Filter, never } from './filter.ts';

/** A pod's nodeSelector and its required node affinity. */
export const nodeAffinity: Filter = {
  name: 'NodeAffinity',
  changes: ['node-added', 'node-labels'],
  check({ pod }, { node }) {
    if (isNodeSelected(pod, node)) return null;
    return never("node(s) didn't match Pod's node affinity/selector");
  },
};

/** Whether the pod's nodeSelector and required node affinity let it go to the node. */
export function isNodeSelected({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  const selector = Object.entries(spec.nodeSelector ?? {});
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    selector.every(([key, value]) => labels[key] === value) &&
    (required === undefined ||
      (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node)))
  );
}
