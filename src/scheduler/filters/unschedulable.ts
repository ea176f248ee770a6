import { untolerated } from '../../objects/core/taint-toleration.ts';
import { type Filter, never } from './filter.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** A cordoned node takes only pods that tolerate the taint for it. */
export const unschedulable: Filter = {
  name: 'NodeUnschedulable',
  changes: ['node-added', 'node-taints'],
  check({ pod }, { node }) {
    if (!node.spec.unschedulable) return null;
    if (untolerated([TAINT], pod.spec.tolerations, ['NoSchedule']) === undefined) return null;
    return never('node(s) were unschedulable');
  },
};
