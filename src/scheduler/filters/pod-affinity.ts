import type { Domains } from '../neighbours/affinity-demand.ts';
import { type Filter, never } from './filter.ts';

/** A pod goes near those that it must be near, and near none that it or they do not want near. */
export const podAffinity: Filter = {
  name: 'InterPodAffinity',
  changes: ['node-added', 'node-labels', 'pod-gone', 'neighbours'],
  check({ affinity }, { node }) {
    if (affinity === null) return null;
    const labels = node.metadata.labels ?? {};
    const { isFirst, wanted, wantedKeys } = affinity;
    const isNear = wantedKeys.every((key) => {
      const value = labels[key];
      return value !== undefined && (isFirst || wanted.get(key)?.has(value));
    });
    if (!isNear) return never("node(s) didn't match pod affinity rules");
    if (isWithin(affinity.unwanted, labels)) {
      return { reasons: ["node(s) didn't match pod anti-affinity rules"], final: false };
    }
    if (isWithin(affinity.unwelcome, labels)) {
      const reasons = ["node(s) didn't satisfy existing pods anti-affinity rules"];
      return { reasons, final: false };
    }
    return null;
  },
};

function isWithin(domains: Domains, labels: Readonly<Record<string, string>>): boolean {
  return [...domains].some(([key, values]) => {
    const value = labels[key];
    return value !== undefined && values.has(value);
  });
}
