/** A body of this size or less counts as small. */
export const SMALL_BODY_BYTES = 64 * 1024;
/** What the bodies of one size may hold together. */
const BYTES_MAX = 64 * 1024 * 1024;

export interface BudgetLimits {
  readonly smallBytesMax: number;
  readonly largeBytesMax: number;
}

/**
 * Bounds the memory that requests' bodies hold together, from their first byte until they are
 * answered. Large bodies have a share of their own, so that who holds many of them back does not
 * stop the writes of others.
 */
export class BodyBudget {
  readonly #limits: BudgetLimits;
  #smallBytes = 0;
  #largeBytes = 0;

  constructor(limits: BudgetLimits = { smallBytesMax: BYTES_MAX, largeBytesMax: BYTES_MAX }) {
    this.#limits = limits;
  }

  /** The share of one request, which ends it. */
  open(): BodyShare {
    return new BodyShare(this);
  }

  /** Counts a body that grew from `before` to `after` bytes; false, and nothing, if it may not. */
  resize(before: number, after: number): boolean {
    const [smallBefore, largeBefore] = split(before);
    const [smallAfter, largeAfter] = split(after);
    const small = this.#smallBytes - smallBefore + smallAfter;
    const large = this.#largeBytes - largeBefore + largeAfter;
    const grows = after > before;
    if (grows && (small > this.#limits.smallBytesMax || large > this.#limits.largeBytesMax)) {
      return false;
    }
    this.#smallBytes = small;
    this.#largeBytes = large;
    return true;
  }
}

function split(bytes: number): [small: number, large: number] {
  return bytes <= SMALL_BODY_BYTES ? [bytes, 0] : [0, bytes];
}

/** What one request's body holds of a {@link BodyBudget}. */
export class BodyShare {
  readonly #budget: BodyBudget;
  #bytes = 0;

  constructor(budget: BodyBudget) {
    this.#budget = budget;
  }

  /** The size of the body so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts further bytes; false when there is no room for them. */
  add(bytes: number): boolean {
    if (!this.#budget.resize(this.#bytes, this.#bytes + bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives all of it back. */
  end(): void {
    this.#budget.resize(this.#bytes, 0);
    this.#bytes = 0;
  }
}
