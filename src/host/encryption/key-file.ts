import { randomBytes } from 'node:crypto';
import { chmod, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../storage/store.ts';
import { syncDirectory } from '../level-store/backup.ts';

const SECRET_BYTES = 32;
const NAME_BYTES = 4;
const OWNER_MODE = 0o600;
const NAME = /^[0-9a-f]{8}$/;

/** A key of AES-256, and the name by which a value says that it needs it. */
export interface EncryptionKey {
  readonly name: string;
  readonly secret: Buffer;
}

/** Makes a new key. */
export function makeKey(): EncryptionKey {
  return { name: randomBytes(NAME_BYTES).toString('hex'), secret: randomBytes(SECRET_BYTES) };
}

/**
 * Reads a file of keys, the one that encrypts first; null when there is none.
 *
 * @throws StoreError when it holds something else
 */
export async function readKeyFile(file: string): Promise<EncryptionKey[] | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new StoreError(`cannot read the encryption keys in ${file}: ${String(error)}`, {
      cause: error,
    });
  }
  const keys = parseKeys(text);
  if (keys === null) throw new StoreError(`the encryption keys in ${file} are damaged`);
  return keys;
}

/**
 * Takes a file of keys from all but its owner: one that was put back by hand may be for everybody.
 *
 * @throws StoreError when it stays so
 */
export async function closeKeyFile(file: string): Promise<void> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o777) !== OWNER_MODE) await chmod(file, OWNER_MODE);
  } catch (error) {
    throw new StoreError(`cannot guard the encryption keys in ${file}: ${String(error)}`, {
      cause: error,
    });
  }
}

/**
 * Writes a file of keys that its owner alone can read. It is on disk, whole, when this resolves: a
 * crash before leaves what was there.
 *
 * @throws StoreError when it cannot be written
 */
export async function writeKeyFile(file: string, keys: readonly EncryptionKey[]): Promise<void> {
  const list = keys.map(({ name, secret }) => ({ name, secret: secret.toString('base64') }));
  try {
    await replaceFile(file, `${JSON.stringify({ keys: list }, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(`cannot write the encryption keys: ${reason}`, { cause: error });
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w', OWNER_MODE);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  await syncDirectory(dirname(file));
}

/** Those of `first`, then those of `others` that are not among them. */
export function joinKeys(
  first: readonly EncryptionKey[],
  others: readonly EncryptionKey[],
): EncryptionKey[] {
  return [...first, ...others.filter(({ name }) => !first.some((key) => key.name === name))];
}

function parseKeys(text: string): EncryptionKey[] | null {
  try {
    const { keys } = JSON.parse(text) as { keys: { name: string; secret: string }[] };
    const parsed = keys.map(({ name, secret }) => ({
      name,
      secret: Buffer.from(secret, 'base64'),
    }));
    const isGood = ({ name, secret }: EncryptionKey) =>
      NAME.test(name) && secret.length === SECRET_BYTES;
    return parsed.length > 0 && parsed.every(isGood) ? parsed : null;
  } catch {
    return null;
  }
}
