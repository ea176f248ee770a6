import type { Informer } from '../../client/informer.ts';
import { type ObjectMeta, objectKey } from '../../objects/meta.ts';
import { controllerOf } from './controller-reference.ts';

/**
 * Objects by the controller that they name, and those without one by their namespace, so that a
 * controller looks only at what is its own or may become so. Bounded by the live objects.
 */
export class OwnedIndex<T extends { metadata: ObjectMeta }> {
  readonly #groups = new Map<string, Map<string, T>>();
  /** The group in which each object is: its last revision may name another controller. */
  readonly #groupOf = new Map<string, string>();

  constructor(informer: Informer<T>) {
    informer.subscribe({
      added: (object) => this.#set(object),
      updated: (object) => this.#set(object),
      deleted: (object) => this.#delete(objectKey(object)),
    });
  }

  /** What names `uid` as its controller, matched by a selector or not. */
  ownedBy(uid: string | undefined): T[] {
    return [...(this.#groups.get(uid ?? '')?.values() ?? [])];
  }

  /** What `owner` may claim: its own objects, and its namespace's without a controller. */
  candidatesOf({ metadata }: { readonly metadata: ObjectMeta }): T[] {
    const orphans = this.#groups.get(orphansOf(metadata))?.values() ?? [];
    return [...this.ownedBy(metadata.uid), ...orphans];
  }

  #set(object: T): void {
    const key = objectKey(object);
    const group = controllerOf(object)?.uid ?? orphansOf(object.metadata);
    if (this.#groupOf.get(key) !== group) this.#delete(key);
    const neighbours = this.#groups.get(group) ?? new Map<string, T>();
    neighbours.set(key, object);
    this.#groups.set(group, neighbours);
    this.#groupOf.set(key, group);
  }

  #delete(key: string): void {
    const group = this.#groupOf.get(key);
    if (group === undefined) return;
    this.#groupOf.delete(key);
    const neighbours = this.#groups.get(group);
    neighbours?.delete(key);
    if (neighbours?.size === 0) this.#groups.delete(group);
  }
}

/** No uid has a slash. */
function orphansOf({ namespace }: ObjectMeta): string {
  return `${namespace}/`;
}
