import type { Informer } from '../../client/informer.ts';
import type { LabelSelector } from '../../generated/types.ts';
import { matchesLabels, selectorFrom } from '../../objects/labels.ts';
import type { ObjectMeta } from '../../objects/meta.ts';
import { controllerOf } from './controller-reference.ts';

/** A controller that chooses what it owns by labels. */
export interface SelectingOwner {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly selector: LabelSelector };
}

/** The owner of this kind that `object` names as its controller, if it is there. */
export function ownerOf<Owner extends SelectingOwner>(
  owners: Informer<Owner>,
  kind: string,
  object: { readonly metadata: ObjectMeta },
): Owner | undefined {
  const reference = controllerOf(object);
  if (reference?.kind !== kind) return undefined;
  const owner = owners.get(`${object.metadata.namespace}/${reference.name}`);
  // Another one may have got the name since.
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

/** The owners of the object's namespace that select it, and so may adopt it. */
export function ownersSelecting<Owner extends SelectingOwner>(
  owners: Informer<Owner>,
  { metadata }: { readonly metadata: ObjectMeta },
): Owner[] {
  return [...owners.list()].filter(
    (owner) =>
      owner.metadata.namespace === metadata.namespace &&
      matchesLabels(selectorFrom(owner.spec.selector), metadata.labels),
  );
}
