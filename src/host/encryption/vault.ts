import { type Codec, StoreError } from '../../storage/store.ts';
import { type EncryptionKey, joinKeys } from './key-file.ts';
import { seal, sealedWith, unseal } from './seal.ts';

/**
 * Seals the values of some places of a store and opens them again. It knows several keys while one
 * takes the place of another; the first seals.
 */
export class Vault {
  readonly #prefixes: readonly string[];
  #keys: readonly EncryptionKey[];
  #stale = 0;

  /** @param prefixes values whose key in the store starts with one of these are sealed */
  constructor(keys: readonly EncryptionKey[], prefixes: readonly string[]) {
    this.#keys = keys;
    this.#prefixes = prefixes;
  }

  get keys(): readonly EncryptionKey[] {
    return this.#keys;
  }

  /** How many of the values that were decoded are not as they would be encoded now. */
  get stale(): number {
    return this.#stale;
  }

  /** From now on `key` seals; the others still open. */
  use(key: EncryptionKey): void {
    this.#keys = joinKeys([key], this.#keys);
  }

  /** Forgets all keys but the one that seals. */
  forgetOthers(): void {
    this.#keys = this.#keys.slice(0, 1);
  }

  /** `codec`, with what belongs into the vault sealed. Costs other values a comparison. */
  codec<V>(codec: Codec<V>): Codec<V> {
    return {
      ...codec,
      encode: (value, place) => {
        const bytes = codec.encode(value, place);
        return this.#holds(place) ? seal(this.#sealing, place, bytes) : bytes;
      },
      decode: (bytes, modRevision, place) => {
        if (!this.#isCurrent(place, bytes)) this.#stale++;
        return codec.decode(this.open(place, bytes), modRevision, place);
      },
    };
  }

  /**
   * The value in `bytes`, which may be sealed.
   *
   * @throws StoreError when it cannot be opened
   */
  open(place: string, bytes: Uint8Array): Uint8Array {
    const name = sealedWith(bytes);
    if (name === null) return bytes;
    const key = this.#keys.find((candidate) => candidate.name === name);
    if (key === undefined) {
      throw new StoreError(
        `the value of ${place} is encrypted with the key ${name}, which is lost`,
      );
    }
    return unseal(key, place, bytes);
  }

  /** What is to stand in place of `bytes`: null where they are as they should be. */
  renew(place: string, bytes: Uint8Array): Uint8Array | null {
    if (this.#isCurrent(place, bytes)) return null;
    const value = this.open(place, bytes);
    return this.#holds(place) ? seal(this.#sealing, place, value) : value;
  }

  get #sealing(): EncryptionKey {
    return this.#keys[0]!;
  }

  #holds(place: string): boolean {
    return this.#prefixes.some((prefix) => place.startsWith(prefix));
  }

  #isCurrent(place: string, bytes: Uint8Array): boolean {
    return sealedWith(bytes) === (this.#holds(place) ? this.#sealing.name : null);
  }
}
