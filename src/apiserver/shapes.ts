import { deepFreeze, type KubeObject } from '../objects/meta.ts';
import type { Stored } from '../storage/stored.ts';
import type { EncodedObject, WatchFrame } from './handler.ts';

const encoder = new TextEncoder();

/** An object and its JSON, which is made when first asked for. */
export class LazyEncoded implements EncodedObject {
  readonly object: unknown;
  #json: Uint8Array | null = null;

  constructor(object: unknown) {
    this.object = object;
  }

  get json(): Uint8Array {
    // Not Buffer.from, whose slabs a few that live long would keep: see Stored.
    this.#json ??= encoder.encode(JSON.stringify(this.object));
    return this.#json;
  }
}

/** A watch frame. Its line is spliced by who writes it: in-process watchers never ask for JSON. */
class Frame implements WatchFrame {
  readonly type: WatchFrame['type'];
  readonly #encoded: EncodedObject;

  constructor(type: WatchFrame['type'], encoded: EncodedObject) {
    this.type = type;
    this.#encoded = encoded;
  }

  get object(): unknown {
    return this.#encoded.object;
  }

  get lineParts(): readonly Uint8Array[] {
    return [OPENINGS[this.type], this.#encoded.json, CLOSING];
  }

  get lineBytes(): number {
    return OPENINGS[this.type].length + this.#encoded.json.length + CLOSING.length;
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

/** The frames that one revision of an object was shown in. */
interface Frames {
  added: WatchFrame | null;
  modified: WatchFrame | null;
  deleted: WatchFrame | null;
  deletedRevision: number;
  /** Of the revision they show. */
  readonly bytes: number;
}

/** Frames of so many revisions are kept for watchers that come to them a little later. */
const FRAMES_MAX = 1_000;
/** And of no more than so many bytes of JSON. */
const FRAMES_BYTES_MAX = 16 * 1024 * 1024;

type Convert = (stored: KubeObject) => KubeObject;

/**
 * One form in which the API shows stored objects: in full, or metadata alone; perhaps converted
 * to another version. What it makes of a revision it makes once: every list and every watch of
 * this shape shares it. An encoding goes when its revision goes; a frame, which keeps its revision,
 * when newer ones push it out.
 */
export class ObjectShape {
  readonly #form: 'full' | 'partial';
  readonly #convert: Convert | undefined;
  readonly #encodings = new WeakMap<Stored, EncodedObject>();
  readonly #frames = new Map<Stored, Frames>();
  #framesBytes = 0;

  constructor(form: 'full' | 'partial', convert: Convert | undefined) {
    this.#form = form;
    this.#convert = convert;
  }

  encode(stored: Stored): EncodedObject {
    if (this.#form === 'full' && this.#convert === undefined) return stored;
    let encoded = this.#encodings.get(stored);
    if (encoded === undefined) {
      const object = this.#convert?.(stored.object) ?? stored.object;
      encoded = new LazyEncoded(deepFreeze(this.#form === 'full' ? object : partialOf(object)));
      this.#encodings.set(stored, encoded);
    }
    return encoded;
  }

  /** A frame for an object that was there before its watcher came: shared with nobody. */
  initialFrame(stored: Stored): WatchFrame {
    return new Frame('ADDED', this.encode(stored));
  }

  frame(type: 'ADDED' | 'MODIFIED', stored: Stored): WatchFrame {
    const frames = this.#framesOf(stored);
    const slot = type === 'ADDED' ? 'added' : 'modified';
    frames[slot] ??= new Frame(type, this.encode(stored));
    return frames[slot];
  }

  /** The last state of an object that was deleted, or stopped matching, at `revision`. */
  deletedFrame(stored: Stored, revision: number): WatchFrame {
    const frames = this.#framesOf(stored);
    if (frames.deleted === null || frames.deletedRevision !== revision) {
      const object = withRevision(this.encode(stored).object as KubeObject, revision);
      frames.deleted = makeFrame('DELETED', object);
      frames.deletedRevision = revision;
    }
    return frames.deleted;
  }

  #framesOf(stored: Stored): Frames {
    let frames = this.#frames.get(stored);
    if (frames === undefined) {
      const bytes = stored.encodedBytes;
      frames = { added: null, modified: null, deleted: null, deletedRevision: 0, bytes };
      this.#makeRoom(bytes);
      this.#frames.set(stored, frames);
      this.#framesBytes += bytes;
    }
    return frames;
  }

  /** Drops the oldest frames until there is room for others of `bytes`. */
  #makeRoom(bytes: number): void {
    for (const [stored, oldest] of this.#frames) {
      const isFull = this.#frames.size >= FRAMES_MAX;
      if (!isFull && this.#framesBytes + bytes <= FRAMES_BYTES_MAX) return;
      this.#frames.delete(stored);
      this.#framesBytes -= oldest.bytes;
    }
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
