import type { NodeState, PodDemand } from '../node-state.ts';

/** What happens in a cluster that may let a pod fit that did not. */
export type ClusterChange =
  | 'node-added'
  | 'node-allocatable'
  | 'node-labels'
  | 'node-taints'
  | 'pod-gone'
  /** A pod came to a node, is ending, or has other labels, or its namespace has. */
  | 'neighbours'
  | 'volumes';

/** Why a node cannot take a pod. */
export interface Rejection {
  /** One sentence part each, such as `Insufficient cpu`. */
  readonly reasons: readonly string[];
  /** True where not even the removal of pods would help. */
  readonly final: boolean;
}

/** One reason for which a node may be unfit for a pod; explains itself in upstream's words. */
export interface Filter {
  readonly name: string;
  /** What may change the answer. */
  readonly changes: readonly ClusterChange[];
  /** Null when the node is fit. */
  check(demand: PodDemand, state: NodeState): Rejection | null;
}

/** A rejection that no removal of pods would lift. */
export function never(reason: string): Rejection {
  return { reasons: [reason], final: true };
}
