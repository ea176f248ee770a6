import { sortedJson } from '../../objects/sorted-json.ts';

const PRIME = 0x1000000000000000000013bn;
const OFFSET = 0x6c62272e07bb014262b821756295c58dn;
const MASK = (1n << 128n) - 1n;

/**
 * The uid of a static pod: a 128-bit FNV-1a hash, in hexadecimal, of the pod, its node and its
 * file. It is the same after every restart, and another when any of them changes.
 */
export function podHash(pod: object, node: string, file: string): string {
  const text = `${sortedJson(pod)}host:${node}file:${file}`;
  let hash = OFFSET;
  for (const byte of new TextEncoder().encode(text)) {
    hash = ((hash ^ BigInt(byte)) * PRIME) & MASK;
  }
  return hash.toString(16).padStart(32, '0');
}
