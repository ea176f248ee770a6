import type { TokenKeys } from '../apiserver/token-keys.ts';

const ID = 'simulated';

/** Keys of a simulation: they tell changed tokens from true ones, and protect nothing. */
export function simTokenKeys(): TokenKeys {
  return {
    algorithm: 'ES256',
    keyId: ID,
    jwk: { use: 'sig', kty: 'EC', kid: ID, alg: 'ES256' },
    sign: (text) => Buffer.from(checksum(text)),
    verify: (text, signature) => Buffer.from(signature).toString() === checksum(text),
  };
}

/** FNV-1a. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}
