import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenKeys } from '../../apiserver/token-keys.ts';

/** JWS' ES256: ECDSA on P-256 with SHA-256, the signature as its two numbers. */
const ALGORITHM = 'ES256';
const CURVE = 'prime256v1';

/**
 * The key that signs service account tokens: read from `sa.key` in `folder`, made when it is not
 * there. Only its owner can read it.
 *
 * @throws Error when the file holds no such key
 */
export async function ensureTokenKey(folder: string): Promise<TokenKeys> {
  const file = join(folder, 'sa.key');
  const present = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (present !== null) return tokenKeys(createPrivateKey(present));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: CURVE });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Written beside and moved into place: a crash leaves no half of a key.
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  await writeFile(`${file}.new`, pem, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return tokenKeys(privateKey);
}

function tokenKeys(privateKey: KeyObject): TokenKeys {
  if (privateKey.asymmetricKeyDetails?.namedCurve !== CURVE) {
    throw new Error('the key of service account tokens must be an elliptic one, on P-256');
  }
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(der).digest('base64url');
  const { kty = '', crv = '', x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const dsaEncoding = 'ieee-p1363';
  return {
    algorithm: ALGORITHM,
    keyId,
    jwk: { use: 'sig', kty, kid: keyId, crv, alg: ALGORITHM, x, y },
    sign: (text) => sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding }),
    verify: (text, signature) =>
      verify('sha256', Buffer.from(text), { key: publicKey, dsaEncoding }, signature),
  };
}
