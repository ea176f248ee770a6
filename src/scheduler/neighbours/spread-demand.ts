import type { Node, Pod, TopologySpreadConstraint } from '../../generated/types.ts';
import { isNodeSelected } from '../../objects/core/node-selector-term.ts';
import { untolerated } from '../../objects/core/taint-toleration.ts';
import { matchesLabels, selectorFrom } from '../../objects/labels.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** How evenly a pod's like are spread, as far as one of its constraints asks. */
export interface Spread {
  readonly topologyKey: string;
  readonly maxSkew: number;
  /** How many of them each part of the cluster has, by the value of the label. */
  readonly counts: ReadonlyMap<string, number>;
  /** What the part with the fewest has. */
  readonly fewest: number;
  /** How many more there are with the pod itself: none where it is not of the kind it names. */
  readonly own: 0 | 1;
}

/** Works out what the pod's constraints ask that may keep it from a node; empty for nothing. */
export function spreadDemandOf(pod: Pod, around: Neighbourhood): readonly Spread[] {
  const constraints = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule',
  );
  if (constraints.length === 0) return [];
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  // A node that lacks one of the labels is not part of what is spread over.
  const nodes = [...around.nodes()].filter(({ metadata }) =>
    keys.every((key) => metadata.labels?.[key] !== undefined),
  );
  const like = [...around.neighbours()].filter(
    ({ pod: { metadata } }) =>
      metadata.namespace === pod.metadata.namespace && !metadata.deletionTimestamp,
  );
  return constraints.map((constraint) => {
    const { labelSelector, maxSkew, minDomains = 1, topologyKey } = constraint;
    const selector = selectorFrom(labelSelector);
    const isCounted = nodeChooser(pod, constraint);
    const counted = new Set(nodes.filter(isCounted).map(({ metadata }) => metadata.name));
    const counts = new Map<string, number>();
    const add = ({ metadata }: Node, by: number) => {
      if (!counted.has(metadata.name)) return;
      const value = metadata.labels?.[topologyKey] ?? '';
      counts.set(value, (counts.get(value) ?? 0) + by);
    };
    for (const node of nodes) add(node, 0);
    // Upstream counts nobody for a selector that selects everybody.
    for (const { node, pod: other } of selector?.length ? like : []) {
      if (matchesLabels(selector, other.metadata.labels)) add(node, 1);
    }
    const fewest = counts.size < minDomains ? 0 : Math.min(...counts.values());
    const own = matchesLabels(selector, pod.metadata.labels) ? 1 : 0;
    return { topologyKey, maxSkew, counts, fewest, own };
  });
}

/** Which nodes count: by default those that the pod selects, whatever taints they have. */
function nodeChooser(pod: Pod, constraint: TopologySpreadConstraint): (node: Node) => boolean {
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint;
  const effects = ['NoSchedule', 'NoExecute'];
  return (node) =>
    (nodeAffinityPolicy === 'Ignore' || isNodeSelected(pod, node)) &&
    (nodeTaintsPolicy === 'Ignore' ||
      untolerated(node.spec.taints, pod.spec.tolerations, effects) === undefined);
}
