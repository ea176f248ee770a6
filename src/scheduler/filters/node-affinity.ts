import { isNodeSelected } from '../../objects/core/node-selector-term.ts';
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
