import type { Clock, Timer } from './clock.ts';

/** Work holds the event loop for about this long at a time. */
const SLICE_MS = 4;
/** The process's own work goes first, but no more than so many slices of it in a row. */
const OWN_IN_A_ROW_MAX = 4;

/** What all work on one clock shares, as a clock stands for one event loop. */
const turns = new WeakMap<Clock, Turns>();

/** For whom work is done. Few ask for the signal, so it may be made when asked for. */
export interface Asker {
  readonly signal: AbortSignal;
}

/**
 * Breaks long work into slices, between which the event loop serves others. Work that is short, or
 * for which no time passes, never pauses. Slices that begin close together are one: neither many
 * requests of one turn of the loop, nor the stages of one request, hold it for a slice each.
 *
 * ```
 * const slices = new Slices(clock, request);
 * for (const item of items) {
 *   workOn(item);
 *   if (slices.isOver) await slices.pause();
 * }
 * ```
 */
export class Slices {
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #asker: Asker | undefined;
  #endsAt = 0;

  /**
   * The first slice begins now.
   *
   * @param asker once its signal has aborted, the work ends at its next pause. Work of no asker is
   *   the process's own, on which others wait: its turn mostly comes first
   */
  constructor(clock: Clock, asker?: Asker) {
    this.#clock = clock;
    this.#asker = asker;
    let shared = turns.get(clock);
    if (shared === undefined) {
      shared = new Turns(clock);
      turns.set(clock, shared);
    }
    this.#turns = shared;
    this.restart();
  }

  /** Whether others should have their turn. */
  get isOver(): boolean {
    return this.#clock.monotonic() >= this.#endsAt;
  }

  /**
   * Resolves when the next slice begins.
   *
   * @throws AbandonedError when nobody waits for the work any more
   */
  async pause(): Promise<void> {
    this.#endsAt = await this.#turns.next(this.#asker === undefined ? 'own' : 'asked');
    if (this.#asker?.signal.aborted) throw new AbandonedError();
  }

  /** Begins a slice now: after a wait for something else. */
  restart(): void {
    this.#endsAt = this.#turns.begin();
  }
}

/** Who asked for the work is gone. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';

  constructor() {
    super('who asked for this is gone');
  }
}

type Begin = (endsAt: number) => void;

/**
 * Lets one of those who wait go on in each turn of the loop: however many work in slices, they
 * hold it for one slice at a time. Bounded by the work under way; no timer runs without it.
 */
class Turns {
  readonly #clock: Clock;
  readonly #waiting: Readonly<Record<'own' | 'asked', Begin[]>> = { own: [], asked: [] };
  #endsAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #ownInARow = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The end of a slice that begins now. One that begins in another, or so soon after its end that
   * it may well be in the same turn, ends with that.
   */
  begin(): number {
    const now = this.#clock.monotonic();
    if (now - this.#endsAt >= SLICE_MS) this.#endsAt = now + SLICE_MS;
    return this.#endsAt;
  }

  /** Resolves with the end of the slice that begins then. */
  next(of: 'own' | 'asked'): Promise<number> {
    return new Promise((resolve) => {
      this.#waiting[of].push(resolve);
      this.#arm();
    });
  }

  #arm(): void {
    this.#timer ??= this.#clock.timer(0, () => {
      this.#timer = null;
      this.#endsAt = this.#clock.monotonic() + SLICE_MS;
      this.#takeNext()?.(this.#endsAt);
      if (this.#waiting.own.length + this.#waiting.asked.length > 0) this.#arm();
    });
  }

  #takeNext(): Begin | undefined {
    const { own, asked } = this.#waiting;
    const isOwn = own.length > 0 && (asked.length === 0 || this.#ownInARow < OWN_IN_A_ROW_MAX);
    this.#ownInARow = isOwn ? this.#ownInARow + 1 : 0;
    return (isOwn ? own : asked).shift();
  }
}
