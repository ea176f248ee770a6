import type { Node } from '../generated/types.ts';
import { equalJson } from '../objects/core/immutable.ts';
import type { ClusterChange } from './filters/filter.ts';

/** What of a node's update may matter to a pod that found no node. Heartbeats do not. */
export function nodeChanges(node: Node, old: Node): ClusterChange[] {
  const changes: ClusterChange[] = [];
  if (!equalJson(node.status?.allocatable, old.status?.allocatable)) {
    changes.push('node-allocatable');
  }
  if (!equalJson(node.metadata.labels, old.metadata.labels)) changes.push('node-labels');
  const tainted = !equalJson(node.spec.taints, old.spec.taints);
  if (tainted || node.spec.unschedulable !== old.spec.unschedulable) changes.push('node-taints');
  return changes;
}
