import { untolerated } from '../../objects/core/taint-toleration.ts';
import { type Filter, never } from './filter.ts';

/** A tainted node takes only pods that tolerate its taints. */
export const taints: Filter = {
  name: 'TaintToleration',
  changes: ['node-added', 'node-taints'],
  check({ pod }, { node }) {
    const effects = ['NoSchedule', 'NoExecute'];
    const taint = untolerated(node.spec.taints, pod.spec.tolerations, effects);
    if (taint === undefined) return null;
    return never(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`);
  },
};
