import type { TokenKeys } from '../token-keys.ts';

/** Longer texts are no tokens of ours. */
const LENGTH_MAX = 16_384;

/** A signed JWT (RFC 7519) of these claims. */
export function signJwt(claims: object, keys: TokenKeys): string {
  const header = { alg: keys.algorithm, kid: keys.keyId };
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${Buffer.from(keys.sign(signed)).toString('base64url')}`;
}

/** The claims of a JWT that `keys` signed; null for anything else. */
export function verifyJwt(token: string, keys: TokenKeys): unknown {
  if (token.length > LENGTH_MAX) return null;
  const [header = '', claims = '', signature = '', ...more] = token.split('.');
  if (more.length > 0) return null;
  // The algorithm is ours, whatever the header says: it must agree, and never chooses.
  const { alg, kid } = (decode(header) ?? {}) as { alg?: unknown; kid?: unknown };
  if (alg !== keys.algorithm || kid !== keys.keyId) return null;
  if (!keys.verify(`${header}.${claims}`, Buffer.from(signature, 'base64url'))) return null;
  return decode(claims);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
}
