import { type Filter, never } from './filter.ts';

/** A pod that names its node goes nowhere else. */
export const nodeName: Filter = {
  name: 'NodeName',
  changes: ['node-added'],
  check({ pod }, { name }) {
    const wanted = pod.spec.nodeName;
    if (!wanted || wanted === name) return null;
    return never("node(s) didn't match the requested node name");
  },
};
