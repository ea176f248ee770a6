import { randomBytes } from 'node:crypto';
import type { Prng } from '../base/prng.ts';

/** Drawn from the system at once: a call costs more than the bytes. */
const POOL_BYTES = 16 * 1024;
const DRAW_BYTES = 6;

/**
 * Chance from the system's random device. Not a seeded generator: 32 bits of seed would let uids
 * of two clusters, or of two starts, repeat.
 */
export function hostPrng(): Prng {
  let pool = randomBytes(POOL_BYTES);
  let offset = 0;
  return {
    next() {
      if (offset + DRAW_BYTES > pool.length) {
        pool = randomBytes(POOL_BYTES);
        offset = 0;
      }
      const value = pool.readUIntBE(offset, DRAW_BYTES);
      offset += DRAW_BYTES;
      return value / 2 ** 48;
    },
  };
}
