import { matchesLabels, type Selector } from '../../objects/labels.ts';
import type { ObjectMeta } from '../../objects/meta.ts';
import { controllerOf } from './controller-reference.ts';

/** What an object is to a controller. */
export type Ownership = 'owned' | 'adopt' | 'release' | 'foreign';

interface WithMetadata {
  readonly metadata: ObjectMeta;
}

/**
 * What `object` is to `owner`, as upstream's ClaimObject: an owner that is being deleted keeps what
 * it has, but neither adopts nor releases; an object that is being deleted is not adopted.
 *
 * @param selector the owner's
 */
export function planOwnership(
  owner: WithMetadata,
  selector: Selector,
  object: WithMetadata,
): Ownership {
  const { uid, namespace, deletionTimestamp } = owner.metadata;
  const matches = matchesLabels(selector, object.metadata.labels);
  const controller = controllerOf(object);
  if (controller !== undefined) {
    if (controller.uid !== uid) return 'foreign';
    if (matches) return 'owned';
    return deletionTimestamp ? 'foreign' : 'release';
  }
  if (!matches || deletionTimestamp || object.metadata.deletionTimestamp) return 'foreign';
  return object.metadata.namespace === namespace ? 'adopt' : 'foreign';
}
