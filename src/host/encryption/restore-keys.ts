import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../storage/store.ts';
import { readItems } from '../level-store/restore.ts';
import { joinKeys, readKeyFile, writeKeyFile } from './key-file.ts';
import { sealedWith } from './seal.ts';
import { backupKeyFile } from './store-keys.ts';
import { Vault } from './vault.ts';

/**
 * Puts the keys that a backup needs into the cluster's key file, where they are not there yet.
 * Every encrypted value is opened to see that they are the right ones.
 *
 * @param given the file with the backup's keys; beside the backup where none is named
 * @throws StoreError when a key is missing; then nothing was changed
 */
export async function restoreKeys(backup: string, keyFile: string, given?: string): Promise<void> {
  const from = given ?? backupKeyFile(backup);
  const added = await readKeyFile(from);
  if (added === null && given !== undefined) throw new StoreError(`there is no file ${given}`);
  const present = (await readKeyFile(keyFile)) ?? [];
  const keys = joinKeys(present, added ?? []);
  const vault = new Vault(keys, []);
  const used = new Set<string>();
  for await (const { key: place, value } of readItems(backup)) {
    const name = sealedWith(value);
    if (name === null) continue;
    if (!keys.some((key) => key.name === name)) {
      throw new StoreError(
        `${backup} holds values that are encrypted with the key ${name}, which is neither in ` +
          `${keyFile} nor in ${from}: name the file that has it with --keys`,
      );
    }
    vault.open(place, value);
    used.add(name);
  }
  const wanted = keys.filter((key) => present.includes(key) || used.has(key.name));
  if (wanted.length === present.length) return;
  await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
  await writeKeyFile(keyFile, wanted);
}
