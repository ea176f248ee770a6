import type { KubeObject } from '../../objects/meta.ts';
import type { Store } from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import type { KindTable } from '../kind-table.ts';

/** The sorts of objects that a token may depend on. */
export type PresentObject = 'serviceaccounts' | 'pods' | 'secrets' | 'nodes';

/** The present state of an object of the core group; null when there is none. */
export type BoundObjectReader = (
  resource: PresentObject,
  namespace: string,
  name: string,
) => Promise<KubeObject | null>;

/** Reads from the store, past all authorization: for the server's own decisions. */
export function readFromStore(store: Store<Stored>, kinds: KindTable): BoundObjectReader {
  return async (plural, namespace, name) => {
    const resource = kinds.get('', 'v1', plural);
    const found = resource && (await store.get(resource.keyOf(namespace, name)));
    return found ? resource.view(found.value) : null;
  };
}
