import type { Resource } from '../../client/resources.ts';
import type { KubeObject, OwnerReference } from '../../objects/meta.ts';

/** Finalizers by which a delete asks the garbage collector for something. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** A live object as the garbage collector knows it. */
export interface Item {
  readonly resource: Resource<KubeObject>;
  readonly object: KubeObject;
}

/** Whether the object is being deleted and waits until its dependents have been seen to. */
export function isDeleting({ metadata }: KubeObject, finalizer: string): boolean {
  return Boolean(metadata.deletionTimestamp) && (metadata.finalizers ?? []).includes(finalizer);
}

function ownersOf({ metadata }: KubeObject): readonly OwnerReference[] {
  return metadata.ownerReferences ?? [];
}

/**
 * Who owns whom, by uid. Knows dependents of owners that it does not know itself: they may be gone.
 *
 * Bounded by the live objects and their references.
 */
export class OwnershipGraph {
  readonly #items = new Map<string, Item>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): Item | undefined {
    return this.#items.get(uid);
  }

  /** Uids of all objects with owners, and of those whose deletion waits. */
  notable(): string[] {
    return [...this.#items]
      .filter(
        ([, { object }]) =>
          ownersOf(object).length > 0 ||
          isDeleting(object, FOREGROUND) ||
          isDeleting(object, ORPHAN),
      )
      .map(([uid]) => uid);
  }

  set(resource: Resource<KubeObject>, object: KubeObject): void {
    const uid = object.metadata.uid ?? '';
    this.remove(uid);
    this.#items.set(uid, { resource, object });
    for (const owner of ownersOf(object)) {
      const siblings = this.#dependents.get(owner.uid) ?? new Set();
      siblings.add(uid);
      this.#dependents.set(owner.uid, siblings);
    }
  }

  remove(uid: string): void {
    const item = this.#items.get(uid);
    if (item === undefined) return;
    this.#items.delete(uid);
    for (const owner of ownersOf(item.object)) {
      const siblings = this.#dependents.get(owner.uid);
      siblings?.delete(uid);
      if (siblings?.size === 0) this.#dependents.delete(owner.uid);
    }
  }

  /** The live objects that name the object `uid` as an owner. */
  dependentsOf(uid: string): Item[] {
    return [...(this.#dependents.get(uid) ?? [])].map((dependent) => this.#items.get(dependent)!);
  }
}
