import { deepFreeze, type KubeObject } from '../objects/meta.ts';
import type { Codec } from './store.ts';

/**
 * One revision of one object: frozen object and JSON bytes, each made at most once, both carrying
 * the resourceVersion. Lists and watch frames splice the bytes; controllers share the object.
 */
export class Stored {
  #object: KubeObject | null;
  #json: Uint8Array | null;

  constructor(object: KubeObject | null, json: Uint8Array | null) {
    this.#object = object;
    this.#json = json;
  }

  /** The object, frozen. Parsed on first use when it came from disk. */
  get object(): KubeObject {
    this.#object ??= deepFreeze(JSON.parse(Buffer.from(this.json).toString()) as KubeObject);
    return this.#object;
  }

  /** The object as JSON in UTF-8. */
  get json(): Uint8Array {
    this.#json ??= Buffer.from(JSON.stringify(this.#object));
    return this.#json;
  }
}

/**
 * Keeps objects as JSON. A committed object gets its revision as metadata.resourceVersion before
 * it is encoded, so nothing is encoded twice.
 *
 * The draft given to `commit` must not be frozen nor shared: it becomes the stored object.
 */
export const storedCodec: Codec<Stored> = {
  commit(draft, modRevision) {
    const { object } = draft;
    object.metadata.resourceVersion = String(modRevision);
    return new Stored(deepFreeze(object), null);
  },
  encode: (stored) => stored.json,
  decode: (bytes) => new Stored(null, bytes),
};
