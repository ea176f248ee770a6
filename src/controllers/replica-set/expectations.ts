import type { Clock } from '../../base/clock.ts';

/** What is not seen by then will not be: upstream's ExpectationsTimeout. */
const EXPECTED_MS_MAX = 5 * 60_000;

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  /** Monotonic ms. */
  readonly until: number;
}

/**
 * The pods that a controller has made or removed and its informer has not shown yet. Until it has,
 * the controller would count wrongly and make or remove too many.
 *
 * Bounded by the live controllers, and for each by what it makes or removes at a time.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sets what the controller `uid` waits for from now on. */
  expectCreations(uid: string, creations: number): void {
    this.#expected.set(uid, { creations, deletions: new Set(), until: this.#until() });
  }

  /** Sets what the controller `uid` waits for from now on: a deletion of each of `podUids`. */
  expectDeletions(uid: string, podUids: readonly string[]): void {
    this.#expected.set(uid, { creations: 0, deletions: new Set(podUids), until: this.#until() });
  }

  /** `count` new pods have been seen, or will not come. */
  creationObserved(uid: string, count = 1): void {
    const expected = this.#expected.get(uid);
    if (expected === undefined) return;
    expected.creations -= count;
    this.#settle(uid, expected);
  }

  /** The deletion of a pod has been seen, in whichever of its stages, or will not come. */
  deletionObserved(uid: string, podUid: string): void {
    const expected = this.#expected.get(uid);
    if (!expected?.deletions.delete(podUid)) return;
    this.#settle(uid, expected);
  }

  /** How long the controller must wait for what it expects at the most; 0 when it need not. */
  leftMs(uid: string): number {
    const expected = this.#expected.get(uid);
    if (expected === undefined) return 0;
    return Math.max(0, expected.until - this.#clock.monotonic());
  }

  /** The controller is gone. */
  forget(uid: string): void {
    this.#expected.delete(uid);
  }

  #settle(uid: string, { creations, deletions }: Expected): void {
    if (creations <= 0 && deletions.size === 0) this.#expected.delete(uid);
  }

  #until(): number {
    return this.#clock.monotonic() + EXPECTED_MS_MAX;
  }
}
