import { type Tracer, traced } from '../base/tracer.ts';
import type { Store, Transaction } from './store.ts';

const TRACK = { group: 'store', name: 'commits' };

/** The same store, its commits told to `tracer`: from their call until they are durable. */
export function tracedStore<V>(store: Store<V>, tracer: Tracer): Store<V> {
  if (!tracer.enabled) return store;
  return {
    get revision() {
      return store.revision;
    },
    get compactedRevision() {
      return store.compactedRevision;
    },
    get: (key) => store.get(key),
    range: (prefix, options) => store.range(prefix, options),
    count: (prefix) => store.count(prefix),
    commit: (transaction) =>
      traced(tracer, TRACK, nameOf(transaction), () => store.commit(transaction)),
    watch: (prefix, afterRevision) => store.watch(prefix, afterRevision),
    compact: (revision) => store.compact(revision),
    close: () => store.close(),
  };
}

function nameOf({ operations }: Transaction<unknown>): string {
  return operations.map(({ type, key }) => `${type} ${key}`).join(', ');
}
