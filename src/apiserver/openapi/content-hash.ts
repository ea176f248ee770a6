/**
 * A hash of some bytes, in hex, for ETags: it tells versions of our own documents apart and
 * withstands nobody. Two lanes of 32 bits each, mixed as in cyrb53.
 */
export function contentHash(bytes: Uint8Array): string {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    first = Math.imul(first ^ byte, 2654435761);
    second = Math.imul(second ^ byte, 1597334677);
  }
  const mixed =
    Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  const other =
    Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  const hex = (value: number) => (value >>> 0).toString(16).toUpperCase().padStart(8, '0');
  return hex(mixed) + hex(other);
}
