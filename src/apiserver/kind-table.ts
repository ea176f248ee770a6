import { assert } from '../base/assert.ts';
import { apiVersionOf, type Kind } from '../objects/kind.ts';
import type { KubeObject } from '../objects/meta.ts';
import type { KeyValue } from '../storage/store.ts';
import type { Stored } from '../storage/stored.ts';
import type { EncodedObject } from './handler.ts';
import { ObjectShape } from './shapes.ts';

/** The prefix of every key that holds an object. */
const REGISTRY_PREFIX = '/registry/';

/** A kind as the API serves it: its record, and where and how its objects are kept. */
export class Resource {
  readonly kind: Kind;
  readonly apiVersion: string;
  /** The prefix of all its keys, slash at the end. */
  readonly prefix: string;
  /** Its objects in full, and as metadata alone. */
  readonly full: ObjectShape;
  readonly partial: ObjectShape;

  constructor(kind: Kind) {
    this.kind = kind;
    this.apiVersion = apiVersionOf(kind);
    const { group, plural } = kind.storedAs ?? kind;
    this.prefix = `${REGISTRY_PREFIX}${group === '' ? 'core' : group}/${plural}/`;
    this.full = new ObjectShape('full', kind.storedAs?.fromStored);
    this.partial = new ObjectShape('partial', kind.storedAs?.fromStored);
  }

  /** The prefix of the keys of `namespace`, or of all for ''. */
  prefixOf(namespace: string): string {
    return namespace === '' ? this.prefix : `${this.prefix}${namespace}/`;
  }

  keyOf(namespace: string, name: string): string {
    return this.prefixOf(namespace) + name;
  }

  /** The object of this kind that `stored` keeps: frozen. */
  view(stored: Stored): KubeObject {
    return this.full.encode(stored).object as KubeObject;
  }

  /** What is kept of `object`, which is handed over. */
  toStored(object: KubeObject): KubeObject {
    return this.kind.storedAs?.toStored(object) ?? object;
  }

  encode(item: KeyValue<Stored>): EncodedObject {
    return this.full.encode(item.value);
  }
}

/** The prefixes of the store's keys whose values must not be readable on disk. */
export function encryptedPrefixes(kinds: readonly Kind[]): string[] {
  return kinds.filter(({ encrypted }) => encrypted).map((kind) => new Resource(kind).prefix);
}

/** The table of kinds by where they are served. Kinds may come and go while it runs. */
export class KindTable {
  readonly #resources = new Map<string, Resource>();

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) this.add(kind);
  }

  add(kind: Kind): void {
    const key = tableKey(kind.group, kind.version, kind.plural);
    assert(!this.#resources.has(key), `kind ${key} is there twice`);
    this.#resources.set(key, new Resource(kind));
  }

  remove(kind: Kind): void {
    this.#resources.delete(tableKey(kind.group, kind.version, kind.plural));
  }

  get(group: string, version: string, plural: string): Resource | undefined {
    return this.#resources.get(tableKey(group, version, plural));
  }

  /** In the order they were added. */
  all(): Resource[] {
    return [...this.#resources.values()];
  }
}

function tableKey(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
