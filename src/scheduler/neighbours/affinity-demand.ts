import type { Node, Pod } from '../../generated/types.ts';
import { type AffinityTerm, isAbout, requiredTerms } from './affinity-term.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** Parts of the cluster: values of labels of nodes, by the label's key. */
export type Domains = ReadonlyMap<string, ReadonlySet<string>>;

/** Near which pods a pod must be and must not be, worked out once for all nodes. */
export interface AffinityDemand {
  /** The node must have all these labels, and pods that are wanted near at each. */
  readonly wantedKeys: readonly string[];
  readonly wanted: Domains;
  /** Nobody it wants near is there, but it is such a pod itself: it is the first of them. */
  readonly isFirst: boolean;
  /** Where pods are that it does not want near. */
  readonly unwanted: Domains;
  /** Where pods are that do not want it near. */
  readonly unwelcome: Domains;
}

/** Works out where a new pod may go for its affinity and that of others; null for anywhere. */
export function affinityDemandOf(pod: Pod, around: Neighbourhood): AffinityDemand | null {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const affinity = requiredTerms(pod, podAffinity);
  const antiAffinity = requiredTerms(pod, podAntiAffinity);
  const unwelcome = new Map<string, Set<string>>();
  for (const { node, antiAffinity: terms } of around.choosyNeighbours()) {
    addAbout(unwelcome, node, terms, pod, around);
  }
  const asks = affinity.length + antiAffinity.length > 0;
  if (!asks && unwelcome.size === 0) return null;
  const wanted = new Map<string, Set<string>>();
  const unwanted = new Map<string, Set<string>>();
  for (const { node, pod: other } of asks ? around.neighbours() : []) {
    // A pod that fits one term is no company for another: it must fit all.
    if (isAboutAll(affinity, other, around)) addAbout(wanted, node, affinity, other, around);
    addAbout(unwanted, node, antiAffinity, other, around);
  }
  return {
    wantedKeys: affinity.map(({ topologyKey }) => topologyKey),
    wanted,
    isFirst: wanted.size === 0 && isAboutAll(affinity, pod, around),
    unwanted,
    unwelcome,
  };
}

function isAboutAll(terms: readonly AffinityTerm[], pod: Pod, around: Neighbourhood): boolean {
  return terms.length > 0 && terms.every((term) => isAbout(term, pod, around));
}

/** Adds where `node` is, as far as the terms about `pod` ask. */
function addAbout(
  domains: Map<string, Set<string>>,
  { metadata }: Node,
  terms: readonly AffinityTerm[],
  pod: Pod,
  around: Neighbourhood,
): void {
  for (const term of terms) {
    const value = metadata.labels?.[term.topologyKey];
    if (value === undefined || !isAbout(term, pod, around)) continue;
    const values = domains.get(term.topologyKey) ?? new Set();
    domains.set(term.topologyKey, values.add(value));
  }
}
