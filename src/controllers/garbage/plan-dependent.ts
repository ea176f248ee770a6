import type { KubeObject, OwnerReference } from '../../objects/meta.ts';
import { FOREGROUND, ORPHAN } from './ownership-graph.ts';

/** How an owner stands: there, gone, or waiting for its dependents to go first. */
export type OwnerState = 'solid' | 'gone' | 'waiting';

export type DependentAction =
  | { readonly type: 'keep' }
  /** Some owners remain: the object loses its references to the others. */
  | { readonly type: 'release'; readonly rest: readonly OwnerReference[] }
  | { readonly type: 'delete'; readonly policy: 'Foreground' | 'Background' | 'Orphan' };

/**
 * What becomes of an object whose owners stand as `stateOf` says (upstream's attemptToDeleteItem).
 *
 * @param hasDependents whether other objects name this one as their owner
 */
export function planDependent(
  { metadata }: KubeObject,
  stateOf: (owner: OwnerReference) => OwnerState,
  hasDependents: boolean,
): DependentAction {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0) return { type: 'keep' };
  const solid = owners.filter((owner) => stateOf(owner) === 'solid');
  if (solid.length === owners.length) return { type: 'keep' };
  if (solid.length > 0) return { type: 'release', rest: solid };
  if (metadata.deletionTimestamp) return { type: 'keep' };
  const waits = owners.some((owner) => stateOf(owner) === 'waiting');
  if (waits && hasDependents) return { type: 'delete', policy: 'Foreground' };
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return { type: 'delete', policy: 'Orphan' };
  if (finalizers.includes(FOREGROUND)) return { type: 'delete', policy: 'Foreground' };
  return { type: 'delete', policy: 'Background' };
}
