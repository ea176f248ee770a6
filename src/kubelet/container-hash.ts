import type { Container } from '../generated/types.ts';

/** On each container: the hash of the spec that it was made from. */
export const HASH_ANNOTATION = 'io.kubernetes.container.hash';

/**
 * A 32-bit FNV-1a hash of what, when changed, makes the kubelet replace a container: its name and
 * image, as upstream since 1.31 (nothing else of a running pod's container may change).
 */
export function containerHash(container: Container): string {
  const text = JSON.stringify([container.name, container.image]);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}
