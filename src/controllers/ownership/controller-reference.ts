import type { Resource } from '../../client/resources.ts';
import type { ObjectMeta, OwnerReference } from '../../objects/meta.ts';

/** The reference to the one owner that controls the object, if it has one. */
export function controllerOf(object: { metadata?: ObjectMeta }): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find(({ controller }) => controller);
}

/** What an object carries that `owner` controls. Its owner's foreground deletion waits for it. */
export function controllerReference(
  owner: { readonly metadata: ObjectMeta },
  { group, version, kind }: Resource<unknown>,
): OwnerReference {
  const { name = '', uid = '' } = owner.metadata;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
