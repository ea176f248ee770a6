import type { Node, Pod } from '../../generated/types.ts';
import type { AffinityTerm } from './affinity-term.ts';

/** A pod that has a node, or is about to be bound to it. */
export interface Neighbour {
  readonly pod: Pod;
  readonly node: Node;
  /** Which pods it does not want near. */
  readonly antiAffinity: readonly AffinityTerm[];
}

/** What the scheduler knows of the pods that are there already. */
export interface Neighbourhood {
  nodes(): Iterable<Node>;
  /** All pods on nodes that there are. */
  neighbours(): Iterable<Neighbour>;
  /** Those that do not want every pod near: mostly few. */
  choosyNeighbours(): Iterable<Neighbour>;
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined;
}
