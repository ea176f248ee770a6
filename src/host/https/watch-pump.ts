import type { ServerResponse } from 'node:http';
import type { WatchBody, WatchFrame } from '../../apiserver/handler.ts';
import type { PacedWatch, WatchPacer } from './watch-pacer.ts';

/** Frames taken at once, and bytes of them put together in one write: one frame more at most. */
const FRAMES_MAX = 256;
const CHUNK_BYTES = 128 * 1024;

/** Moves frames from a watch to its client as fast as the client reads, and no faster. */
export class WatchPump implements PacedWatch {
  readonly #response: ServerResponse;
  readonly #watch: WatchBody;
  readonly #signal: AbortSignal;
  readonly #pacer: WatchPacer;
  /** Taken, and not written yet from `#next` on. */
  #frames: readonly WatchFrame[] = [];
  #next = 0;
  /** Whether the last frames taken were as many as may be: there may be more. */
  #isBehind = false;
  #servedAt = Number.NEGATIVE_INFINITY;
  #settle: { resolve(): void; reject(error: unknown): void } | null = null;

  constructor(response: ServerResponse, watch: WatchBody, signal: AbortSignal, pacer: WatchPacer) {
    this.#response = response;
    this.#watch = watch;
    this.#signal = signal;
    this.#pacer = pacer;
  }

  /** Resolves when the watch has ended, or its client is gone, and it is closed. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#signal.addEventListener('abort', this.#end, { once: true });
      if (this.#signal.aborted) this.#end();
      else this.#pacer.request(this, this.#servedAt);
    });
  }

  serve(): void {
    try {
      while (this.#hasFrames()) {
        this.#servedAt = this.#pacer.now();
        if (this.#response.write(this.#chunk())) continue;
        this.#watch.onReady = null;
        this.#response.once('drain', this.#drained);
        return;
      }
      if (!this.#watch.ended) {
        this.#watch.onReady = this.#ready;
        return;
      }
      this.#response.end();
      this.#end();
    } catch (error) {
      this.#settle?.reject(error);
      this.#end();
    }
  }

  #hasFrames(): boolean {
    if (this.#next < this.#frames.length) return true;
    this.#frames = this.#watch.take(FRAMES_MAX);
    this.#next = 0;
    this.#isBehind = this.#frames.length >= FRAMES_MAX;
    return this.#frames.length > 0;
  }

  #chunk(): Uint8Array {
    const from = this.#next;
    let bytes = 0;
    while (this.#next < this.#frames.length && bytes < CHUNK_BYTES) {
      bytes += this.#frames[this.#next]!.lineBytes;
      this.#next++;
    }
    return this.#pacer.joined.join(this.#frames.slice(from, this.#next));
  }

  readonly #ready = (): void => {
    // One request is enough until it was served.
    this.#watch.onReady = null;
    this.#pacer.request(this, this.#servedAt);
  };

  readonly #drained = (): void => {
    if (this.#next < this.#frames.length || this.#isBehind) this.#pacer.goOn(this);
    else this.#pacer.wait(this);
  };

  readonly #end = (): void => {
    this.#signal.removeEventListener('abort', this.#end);
    this.#response.off('drain', this.#drained);
    this.#pacer.forget(this);
    this.#watch.onReady = null;
    this.#watch.close();
    this.#frames = [];
    this.#settle?.resolve();
    this.#settle = null;
  };
}
