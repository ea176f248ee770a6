import { type Filter, never } from './filter.ts';

const REASON = "node(s) didn't match pod topology spread constraints";

/** No part of the cluster gets too many more of a pod's like than another. */
export const topologySpread: Filter = {
  name: 'PodTopologySpread',
  changes: ['node-added', 'node-labels', 'node-taints', 'pod-gone', 'neighbours'],
  check({ spreads }, { node }) {
    for (const { counts, fewest, maxSkew, own, topologyKey } of spreads) {
      const value = node.metadata.labels?.[topologyKey];
      if (value === undefined) return never(`${REASON} (missing required label)`);
      const skew = (counts.get(value) ?? 0) + own - fewest;
      if (skew > maxSkew) return { reasons: [REASON], final: false };
    }
    return null;
  },
};
