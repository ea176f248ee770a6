import { nextInt, type Prng } from '../../base/prng.ts';

const RANDOM_TRIES_MAX = 16;

/**
 * Numbers of a range, each held by at most one owner; held for good, or reserved by a write that is
 * still on its way.
 */
export class NumberPool {
  readonly first: number;
  readonly last: number;
  readonly #prng: Prng;
  readonly #owners = new Map<number, string>();
  readonly #reserved = new Map<number, string>();

  /** Of the numbers from `first` to `last`, both inclusive. */
  constructor(first: number, last: number, prng: Prng) {
    this.first = first;
    this.last = last;
    this.#prng = prng;
  }

  contains(number: number): boolean {
    return number >= this.first && number <= this.last;
  }

  /** Who holds or reserves `number`; undefined when it is free. */
  ownerOf(number: number): string | undefined {
    return this.#owners.get(number) ?? this.#reserved.get(number);
  }

  hold(number: number, owner: string): void {
    this.#owners.set(number, owner);
  }

  /** Frees `number`, unless it has passed to another owner. */
  release(number: number, owner: string): void {
    if (this.#owners.get(number) === owner) this.#owners.delete(number);
  }

  reserve(number: number, owner: string): void {
    this.#reserved.set(number, owner);
  }

  unreserve(number: number): void {
    this.#reserved.delete(number);
  }

  clear(): void {
    this.#owners.clear();
  }

  /**
   * A free number, by chance: first from the upper part, since people who choose numbers
   * themselves are told to take low ones. Null when there is none.
   */
  pick(): number | null {
    const size = this.last - this.first + 1;
    const lowBand = Math.min(Math.max(16, Math.floor(size / 16)), 256, size - 1);
    const start = this.first + Math.max(0, lowBand);
    for (let attempt = 0; attempt < RANDOM_TRIES_MAX; attempt++) {
      const number = start + nextInt(this.#prng, this.last - start + 1);
      if (this.ownerOf(number) === undefined) return number;
    }
    return this.#scan(start, this.last) ?? this.#scan(this.first, start - 1);
  }

  #scan(from: number, to: number): number | null {
    for (let number = from; number <= to; number++) {
      if (this.ownerOf(number) === undefined) return number;
    }
    return null;
  }
}
