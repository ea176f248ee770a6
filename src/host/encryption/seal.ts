import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StoreError } from '../../storage/store.ts';
import type { EncryptionKey } from './key-file.ts';

/**
 * A sealed value: `proa:aesgcm:1:NAME:` with the key's name, a nonce of 12 bytes, the value as
 * AES-256-GCM encrypts it, and the tag of 16 bytes. What is authenticated besides is this text and
 * the value's key in the store, so that no value can be moved to another place.
 */
const MAGIC = Buffer.from('proa:aesgcm:1:');
const NAME_LENGTH = 8;
const HEADER_BYTES = MAGIC.length + NAME_LENGTH + 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Encrypts `value`, which is stored at `place`. */
export function seal(key: EncryptionKey, place: string, value: Uint8Array): Buffer {
  const header = Buffer.concat([MAGIC, Buffer.from(`${key.name}:`)]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.concat([header, Buffer.from(place)]));
  const encrypted = cipher.update(value);
  cipher.final();
  return Buffer.concat([header, nonce, encrypted, cipher.getAuthTag()]);
}

/** The name of the key that `bytes` was sealed with; null when it is not sealed. */
export function sealedWith(bytes: Uint8Array): string | null {
  // JSON begins otherwise, and most values are that.
  if (bytes[0] !== MAGIC[0] || bytes.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES) return null;
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  return header.toString('latin1', MAGIC.length, HEADER_BYTES - 1);
}

/**
 * The value that {@link seal} encrypted.
 *
 * @throws StoreError when it was changed, or belongs to another place
 */
export function unseal(key: EncryptionKey, place: string, bytes: Uint8Array): Buffer {
  const header = bytes.subarray(0, HEADER_BYTES);
  const nonce = bytes.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([header, Buffer.from(place)]));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const value = decipher.update(bytes.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch (error) {
    throw new StoreError(`the encrypted value of ${place} is damaged`, { cause: error });
  }
  return value;
}
