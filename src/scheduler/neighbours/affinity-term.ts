import type { Pod, PodAffinity } from '../../generated/types.ts';
import { matchesLabels, type Selector, selectorFrom } from '../../objects/labels.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/** Which pods a required term of affinity or anti-affinity is about, and what "near" means in it. */
export interface AffinityTerm {
  /** Nodes that have the same value of this label are near each other. */
  readonly topologyKey: string;
  readonly selector: Selector;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: Selector;
}

const NO_TERMS: readonly AffinityTerm[] = [];

/** The required terms of a pod's affinity or anti-affinity. */
export function requiredTerms(pod: Pod, affinity: PodAffinity | undefined) {
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (terms.length === 0) return NO_TERMS;
  return terms.map((term): AffinityTerm => {
    const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = term;
    // A term that says nothing of namespaces is about the pod's own.
    const isOfOwn = namespaces.length === 0 && namespaceSelector === undefined;
    return {
      topologyKey,
      selector: selectorFrom(labelSelector),
      namespaces: isOfOwn ? [pod.metadata.namespace ?? ''] : namespaces,
      namespaceSelector: selectorFrom(namespaceSelector),
    };
  });
}

/** Whether the term is about `pod`. */
export function isAbout(term: AffinityTerm, { metadata }: Pod, around: Neighbourhood): boolean {
  if (!matchesLabels(term.selector, metadata.labels)) return false;
  const namespace = metadata.namespace ?? '';
  return (
    term.namespaces.includes(namespace) ||
    (term.namespaceSelector !== null &&
      matchesLabels(term.namespaceSelector, around.namespaceLabels(namespace)))
  );
}
