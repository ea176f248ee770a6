import { deepFreeze, type KubeObject } from '../objects/meta.ts';
import type { Stored } from '../storage/stored.ts';
import type { EncodedObject, WatchFrame } from './handler.ts';

/** An object and its JSON, which is made when first asked for. */
export class LazyEncoded implements EncodedObject {
  readonly object: unknown;
  #json: Uint8Array | null = null;

  constructor(object: unknown) {
    this.object = object;
  }

  get json(): Uint8Array {
    this.#json ??= Buffer.from(JSON.stringify(this.object));
    return this.#json;
  }
}

/** A watch frame whose line is spliced when first asked for: in-process watchers never ask. */
class Frame implements WatchFrame {
  readonly type: WatchFrame['type'];
  readonly #encoded: EncodedObject;
  #line: Uint8Array | null = null;

  constructor(type: WatchFrame['type'], encoded: EncodedObject) {
    this.type = type;
    this.#encoded = encoded;
  }

  get object(): unknown {
    return this.#encoded.object;
  }

  get line(): Uint8Array {
    this.#line ??= Buffer.concat([OPENINGS[this.type], this.#encoded.json, CLOSING]);
    return this.#line;
  }
}

const CLOSING = Buffer.from('}\n');
const OPENINGS = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
};

/** A frame of its own, shared with nobody. */
export function makeFrame(type: WatchFrame['type'], object: unknown): WatchFrame {
  return new Frame(type, new LazyEncoded(object));
}

interface Encodings {
  encoded: EncodedObject;
  added: WatchFrame | null;
  modified: WatchFrame | null;
  deleted: WatchFrame | null;
  deletedRevision: number;
}

type Convert = (stored: KubeObject) => KubeObject;

/**
 * One form in which the API shows stored objects: in full, or metadata alone; perhaps converted
 * to another version. What it makes of a revision it makes once: every list and every watch of
 * this shape shares it, and it goes when the revision goes.
 */
export class ObjectShape {
  readonly #form: 'full' | 'partial';
  readonly #convert: Convert | undefined;
  readonly #encodings = new WeakMap<Stored, Encodings>();

  constructor(form: 'full' | 'partial', convert: Convert | undefined) {
    this.#form = form;
    this.#convert = convert;
  }

  encode(stored: Stored): EncodedObject {
    if (this.#form === 'full' && this.#convert === undefined) return stored;
    return this.#of(stored).encoded;
  }

  frame(type: 'ADDED' | 'MODIFIED', stored: Stored): WatchFrame {
    const encodings = this.#of(stored);
    if (type === 'ADDED') {
      encodings.added ??= new Frame(type, encodings.encoded);
      return encodings.added;
    }
    encodings.modified ??= new Frame(type, encodings.encoded);
    return encodings.modified;
  }

  /** The last state of an object that was deleted, or stopped matching, at `revision`. */
  deletedFrame(stored: Stored, revision: number): WatchFrame {
    const encodings = this.#of(stored);
    if (encodings.deleted === null || encodings.deletedRevision !== revision) {
      const object = withRevision(encodings.encoded.object as KubeObject, revision);
      encodings.deleted = makeFrame('DELETED', object);
      encodings.deletedRevision = revision;
    }
    return encodings.deleted;
  }

  #of(stored: Stored): Encodings {
    let encodings = this.#encodings.get(stored);
    if (encodings === undefined) {
      const encoded = this.#make(stored);
      encodings = { encoded, added: null, modified: null, deleted: null, deletedRevision: 0 };
      this.#encodings.set(stored, encodings);
    }
    return encodings;
  }

  #make(stored: Stored): EncodedObject {
    if (this.#form === 'full' && this.#convert === undefined) return stored;
    const object = this.#convert?.(stored.object) ?? stored.object;
    return new LazyEncoded(deepFreeze(this.#form === 'full' ? object : partialOf(object)));
  }
}

/** `object` as metadata alone. */
export function partialOf(object: KubeObject, apiVersion = 'meta.k8s.io/v1') {
  return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
}

/** A frozen copy of `object` at another revision; all but its metadata is shared. */
export function withRevision(object: KubeObject, revision: number): KubeObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return Object.freeze({ ...object, metadata: Object.freeze(metadata) });
}
