import type { Clock, Timer } from '../../base/clock.ts';
import type { ApiError } from '../../objects/api-error.ts';
import type { KeyValue, Watch } from '../../storage/store.ts';
import type { Stored } from '../../storage/stored.ts';
import type { WatchBody, WatchFrame } from '../handler.ts';
import { makeFrame } from '../shapes.ts';
import type { FrameMaker } from './frame-maker.ts';
import { onAbort } from './on-abort.ts';

/** A quiet watch learns this often how far it has come, as upstream. */
const BOOKMARK_MS = 60_000;
/** And once more this long before it ends. */
const BOOKMARK_BEFORE_END_MS = 2_000;

export interface WatchStreamOptions {
  readonly clock: Clock;
  /** Null when the watch could not begin. It is closed with the stream. */
  readonly source: Watch<Stored> | null;
  readonly frames: FrameMaker;
  readonly initial: readonly KeyValue<Stored>[];
  /** Whether a bookmark says where the initial objects end. */
  readonly endsInitialWith: boolean;
  /** Of `initial`, or where the watch goes on from. */
  readonly revision: number;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly failureOf: (error: unknown) => ApiError;
}

/** One watch: the initial objects, then the store's events, with bookmarks, until its time is up. */
export class WatchStream implements WatchBody {
  readonly type = 'watch';
  onReady: (() => void) | null = null;
  readonly #options: WatchStreamOptions;
  #initial: readonly KeyValue<Stored>[];
  #initialNext = 0;
  #endsInitial: boolean;
  /** A last frame, after which the watch has ended. */
  #failure: WatchFrame | null = null;
  #isBookmarkDue = false;
  /** The revision that the client knows of. */
  #told: number;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #endTimer: Timer | null = null;
  #bookmarkTimer: Timer | null = null;
  #forgetAbort: (() => void) | null = null;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.#initial = options.initial;
    this.#endsInitial = options.endsInitialWith;
    this.#told = options.revision;
    const { clock, source, signal, timeoutMs } = options;
    if (source !== null) source.onReady = () => this.onReady?.();
    if (signal.aborted) {
      this.close();
      return;
    }
    // The reader is gone then, so nobody would take what is left.
    this.#forgetAbort = onAbort(signal, () => {
      this.close();
      this.onReady?.();
    });
    this.#endTimer = clock.timer(timeoutMs, () => this.#end());
    if (options.bookmarks) this.#armBookmark(clock.monotonic() + timeoutMs);
  }

  get ended(): boolean {
    return this.#state !== 'open';
  }

  /** Ends the watch with `frame`. */
  fail(frame: WatchFrame): void {
    this.#failure = frame;
    this.#end();
  }

  take(max: number): readonly WatchFrame[] {
    if (this.#state === 'closed') return [];
    const frames: WatchFrame[] = [];
    this.#takeInitial(frames, max);
    if (frames.length < max && this.#failure === null) this.#takeEvents(frames, max);
    if (this.#isBookmarkDue && frames.length < max) this.#takeBookmark(frames);
    if (this.#failure !== null && frames.length < max) {
      frames.push(this.#failure);
      this.#failure = null;
      this.close();
    }
    if (frames.length === 0 && this.#state === 'ending') this.close();
    return frames;
  }

  close(): void {
    this.#state = 'closed';
    this.#endTimer?.cancel();
    this.#bookmarkTimer?.cancel();
    this.#forgetAbort?.();
    this.#options.source?.close();
    this.#initial = [];
  }

  #takeInitial(frames: WatchFrame[], max: number): void {
    while (this.#initialNext < this.#initial.length && frames.length < max) {
      frames.push(this.#options.frames.initial(this.#initial[this.#initialNext]!.value));
      this.#initialNext++;
    }
    if (this.#initialNext < this.#initial.length) return;
    if (this.#initial.length > 0) {
      this.#initial = [];
      this.#initialNext = 0;
    }
    if (this.#endsInitial && frames.length < max) {
      this.#endsInitial = false;
      frames.push(this.#options.frames.bookmark(this.#options.revision, true));
    }
  }

  /** Events that the selectors hide are passed over, so that [] means that there are none. */
  #takeEvents(frames: WatchFrame[], max: number): void {
    const { source } = this.#options;
    if (source === null || this.#endsInitial || this.#initialNext < this.#initial.length) return;
    try {
      while (frames.length < max) {
        const events = source.take(max - frames.length);
        if (events.length === 0) return;
        for (const event of events) {
          const frame = this.#options.frames.event(event);
          if (frame === null) continue;
          frames.push(frame);
          this.#told = event.revision;
        }
      }
    } catch (error) {
      this.#failure = makeFrame('ERROR', this.#options.failureOf(error).toStatus());
      if (this.#state === 'open') this.#state = 'ending';
    }
  }

  #takeBookmark(frames: WatchFrame[]): void {
    this.#isBookmarkDue = false;
    const revision = this.#options.source?.revision ?? 0;
    if (revision <= this.#told) return;
    this.#told = revision;
    frames.push(this.#options.frames.bookmark(revision, false));
  }

  #armBookmark(endsAt: number): void {
    const { clock } = this.#options;
    const leftMs = endsAt - clock.monotonic() - BOOKMARK_BEFORE_END_MS;
    if (leftMs <= 0) return;
    this.#bookmarkTimer = clock.timer(Math.min(BOOKMARK_MS, leftMs), () => {
      this.#isBookmarkDue = true;
      this.#armBookmark(endsAt);
      this.onReady?.();
    });
  }

  #end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.onReady?.();
  }
}
