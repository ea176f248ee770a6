import { deepFreeze, type KubeObject } from '../objects/meta.ts';
import type { Codec } from './store.ts';

const encoder = new TextEncoder();

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
    this.#object ??= deepFreeze(parse(this.json));
    return this.#object;
  }

  /** The object as JSON in UTF-8. */
  get json(): Uint8Array {
    // Not Buffer.from: that cuts from slabs of 8 KB, and one living object keeps a whole slab. With
    // one revision in six alive, that was five times the memory.
    this.#json ??= encoder.encode(JSON.stringify(this.#object));
    return this.#json;
  }

  /** The length of the JSON, 0 while nobody asked for it. */
  get encodedBytes(): number {
    return this.#json?.length ?? 0;
  }
}

function parse({ buffer, byteOffset, byteLength }: Uint8Array): KubeObject {
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString()) as KubeObject;
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
  size: (stored) => stored.json.length,
};
