import type { Filter } from './filter.ts';

const NANO = 1_000_000_000n;
/** Upstream names these first, the others after them by name. */
const FIRST = ['cpu', 'memory', 'ephemeral-storage'];

function rank(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}

/** Requests must fit into what the node's pods leave of it, and so must one more pod. */
export const resources: Filter = {
  name: 'NodeResourcesFit',
  changes: ['node-added', 'node-allocatable', 'pod-gone'],
  check({ requests }, { allocatable, requested, podCount }) {
    const reasons: string[] = [];
    let final = false;
    if (BigInt(podCount + 1) * NANO > (allocatable.get('pods') ?? 0n)) {
      reasons.push('Too many pods');
    }
    const names = [...requests.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    for (const name of names) {
      const wanted = requests.get(name) ?? 0n;
      const capacity = allocatable.get(name) ?? 0n;
      if (wanted === 0n || wanted <= capacity - (requested.get(name) ?? 0n)) continue;
      reasons.push(`Insufficient ${name}`);
      final ||= wanted > capacity;
    }
    return reasons.length === 0 ? null : { reasons, final };
  },
};
