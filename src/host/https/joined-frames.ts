import type { WatchFrame } from '../../apiserver/handler.ts';

/** Chunks kept: watches of so many forms or positions share theirs. */
const CHUNKS_MAX = 8;

interface Chunk {
  readonly frames: readonly WatchFrame[];
  readonly bytes: Uint8Array;
}

/**
 * The lines of frames put together, once for all watches that come to the same frames one after
 * the other. Holds a few chunks, of the size their reader asks for, until it is cleared.
 */
export class JoinedFrames {
  /** The newest last. */
  readonly #chunks: Chunk[] = [];

  /** The lines of `frames`. Never changed after. */
  join(frames: readonly WatchFrame[]): Uint8Array {
    const found = this.#chunks.find((chunk) => isSame(chunk.frames, frames));
    if (found !== undefined) return found.bytes;
    const bytes = Buffer.concat(frames.flatMap((frame) => frame.lineParts));
    if (this.#chunks.length === CHUNKS_MAX) this.#chunks.shift();
    this.#chunks.push({ frames, bytes });
    return bytes;
  }

  clear(): void {
    this.#chunks.length = 0;
  }
}

/** Frames are shared by the watches of one form, so being the same is enough. */
function isSame(a: readonly WatchFrame[], b: readonly WatchFrame[]): boolean {
  return a.length === b.length && a.every((frame, index) => frame === b[index]);
}
