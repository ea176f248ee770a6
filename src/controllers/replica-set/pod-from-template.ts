import { replicaSets } from '../../client/resources.ts';
import type { Pod, ReplicaSet } from '../../generated/types.ts';
import { controllerReference } from '../ownership/controller-reference.ts';

/** The longest name there is. */
const NAME_LENGTH_MAX = 253;

/**
 * A pod of the set, without a name yet.
 *
 * @throws Error when the template has no labels, by which the pod would be known
 */
export function podFromTemplate(set: ReplicaSet): Pod {
  const { name = '', namespace } = set.metadata;
  const { metadata = {}, spec = { containers: [] } } = set.spec.template ?? {};
  const { labels = {}, annotations, finalizers } = metadata;
  if (Object.keys(labels).length === 0) throw new Error('unable to create pods, no labels');
  const prefix = `${name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: prefix.length > NAME_LENGTH_MAX ? name : prefix,
      namespace,
      labels,
      annotations,
      finalizers,
      ownerReferences: [controllerReference(set, replicaSets)],
    },
    spec,
  };
}
