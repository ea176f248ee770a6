import type { Clock, Timer } from '../../base/clock.ts';
import { JoinedFrames } from './joined-frames.ts';

/** A busy watch is served this often, or more rarely where serving all of them takes long. */
const PACE_MS_MIN = 3;
const PACE_MS_MAX = 20;
/** Watches have the event loop for this long at a time; others run between. */
const SLICE_MS = 4;
/** Quiet watches served at once while one pace passes; a wave of more is served in slices. */
const AT_ONCE_MAX = 100;

/** A watch that is written to a connection. */
export interface PacedWatch {
  /** Writes what there is. Must not throw, nor ask for the next turn before it returns. */
  serve(): void;
}

/**
 * Decides when watches are written to. A quiet one is served at once, so that nobody waits for an
 * event. One that was served just now waits for a round in which all busy ones are served
 * together: what came meanwhile goes out in one write, which costs little more than one event, and
 * watches at the same position share its bytes. Where a round takes long, the next comes later. No
 * timer runs while all watches are quiet.
 */
export class WatchPacer {
  /** The chunks of the round that goes on, or of what is served at once in this turn. */
  readonly joined = new JoinedFrames();
  readonly #clock: Clock;
  /** They wait for the next round; its timer is there while they are. */
  readonly #busy = new Set<PacedWatch>();
  #roundTimer: Timer | null = null;
  /** They are being served, slice by slice; the next one's timer is there while they are. */
  readonly #round = new Set<PacedWatch>();
  #sliceTimer: Timer | null = null;
  #roundCostMs = 0;
  #paceMs = PACE_MS_MIN;
  #willForget = false;
  #atOnce = 0;
  #atOnceSince = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds on the clock by which watches tell when they were served. */
  now(): number {
    return this.#clock.monotonic();
  }

  /** Serves a watch that has something new: at once if it is quiet. */
  request(watch: PacedWatch, servedAt: number): void {
    const now = this.now();
    if (now - servedAt < this.#paceMs) this.wait(watch);
    else if (this.#mayServeAtOnce(now)) {
      watch.serve();
      this.#forgetJoinedSoon();
    } else this.goOn(watch);
  }

  /** Serves a busy watch in the next round. */
  wait(watch: PacedWatch): void {
    this.#busy.add(watch);
    this.#roundTimer ??= this.#clock.timer(this.#paceMs, () => this.#startRound());
  }

  /** Serves a watch that has much to catch up with as soon as others have had their turn. */
  goOn(watch: PacedWatch): void {
    this.#round.add(watch);
    this.#sliceTimer ??= this.#clock.timer(0, () => this.#serveSlice());
  }

  /** Forgets a watch that has ended. */
  forget(watch: PacedWatch): void {
    this.#busy.delete(watch);
    this.#round.delete(watch);
    if (this.#busy.size === 0) {
      this.#roundTimer?.cancel();
      this.#roundTimer = null;
    }
    if (this.#round.size === 0 && this.#sliceTimer !== null) {
      this.#sliceTimer.cancel();
      this.#sliceTimer = null;
      this.#endRound();
    }
  }

  #mayServeAtOnce(now: number): boolean {
    if (now - this.#atOnceSince >= this.#paceMs) {
      this.#atOnceSince = now;
      this.#atOnce = 0;
    }
    this.#atOnce++;
    return this.#atOnce <= AT_ONCE_MAX;
  }

  /** All watches of an event are told of it in one turn. */
  #forgetJoinedSoon(): void {
    if (this.#willForget) return;
    this.#willForget = true;
    queueMicrotask(() => {
      this.#willForget = false;
      if (this.#round.size === 0) this.joined.clear();
    });
  }

  #startRound(): void {
    this.#roundTimer = null;
    for (const watch of this.#busy) this.#round.add(watch);
    this.#busy.clear();
    if (this.#sliceTimer === null) this.#serveSlice();
  }

  #serveSlice(): void {
    this.#sliceTimer = null;
    const startedAt = this.now();
    let spentMs = 0;
    for (const watch of this.#round) {
      this.#round.delete(watch);
      watch.serve();
      spentMs = this.now() - startedAt;
      if (spentMs >= SLICE_MS) break;
    }
    this.#roundCostMs += spentMs;
    if (this.#round.size > 0) {
      this.#sliceTimer ??= this.#clock.timer(0, () => this.#serveSlice());
      return;
    }
    this.#endRound();
  }

  #endRound(): void {
    this.#paceMs = Math.min(Math.max(2 * this.#roundCostMs, PACE_MS_MIN), PACE_MS_MAX);
    this.#roundCostMs = 0;
    this.joined.clear();
  }
}
