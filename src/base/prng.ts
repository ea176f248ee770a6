/**
 * The only source of chance outside `host/`. A seeded one replays a simulation; the host seeds
 * its own from the system's random device. Not for keys or certificates: those come from crypto.
 */
export interface Prng {
  /** A float in [0, 1). */
  next(): number;
}

/** A small fast generator (mulberry32): the same seed gives the same sequence everywhere. */
export function seededPrng(seed: number): Prng {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** An integer in [0, bound). */
export function nextInt(prng: Prng, bound: number): number {
  return Math.floor(prng.next() * bound);
}

/** Upstream's alphabet for generated names: no vowels, and no 0, 1, 3 that read as letters. */
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` characters of upstream's alphabet for generated names, as in `web-7c5f8`. */
export function nameSuffix(prng: Prng, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += NAME_ALPHABET[nextInt(prng, NAME_ALPHABET.length)];
  return suffix;
}

/** The bytes in hexadecimal: rendering numbers of 32 bits anew for each uid is slow. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A version 4 UUID drawn from `prng`, so that a simulation's uids repeat with its seed. */
export function uuid(prng: Prng): string {
  let hex = '';
  for (let i = 0; i < 4; i++) {
    const bits = nextInt(prng, 2 ** 32);
    hex += HEX[bits >>> 24]! + HEX[(bits >>> 16) & 0xff]! + HEX[(bits >>> 8) & 0xff]!;
    hex += HEX[bits & 0xff]!;
  }
  const variant = '89ab'[nextInt(prng, 4)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
