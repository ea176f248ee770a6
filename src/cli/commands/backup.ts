import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { backupKeyFile } from '../../host/encryption/store-keys.ts';
import { askControl } from '../control.ts';
import type { Home } from '../home.ts';
import { readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';

/** `proa backup FILE`: writes all objects, as of this moment, while the cluster runs. */
export async function backupCommand(home: Home, file: string): Promise<number> {
  const target = resolve(file);
  const running = readRunFile(home.runFile);
  if (running === null) {
    throw new UserError(`no cluster runs in ${home.folder}: 'proa up' first, then back it up`);
  }
  const query = new URLSearchParams({ file: target });
  await askControl(running.controlSocket, 'POST', `/backup?${query}`).catch((error: Error) => {
    throw new UserError(`no backup was made: ${error.message}`);
  });
  console.log(`backup written to ${target}`);
  console.log(`the key to its Secrets is in ${backupKeyFile(target)}: keep it in another place`);
  return 0;
}

/**
 * `proa restore FILE`: the next `up` starts with the objects of a backup.
 *
 * @param options `keys` names the file with the backup's keys, where it does not lie beside it
 */
export async function restoreCommand(
  home: Home,
  file: string,
  options: { keys?: string },
): Promise<number> {
  const source = resolve(file);
  if (!existsSync(source)) throw new UserError(`there is no file ${source}`);
  if (readRunFile(home.runFile) !== null) {
    throw new UserError(`a cluster runs in ${home.folder}: 'proa down' first`);
  }
  const { restoreLevelStore } = await import('../../host/level-store/restore.ts');
  const { restoreKeys } = await import('../../host/encryption/restore-keys.ts');
  const { StoreError } = await import('../../storage/store.ts');
  try {
    const given = options.keys === undefined ? undefined : resolve(options.keys);
    await restoreKeys(source, home.keyFile, given);
    const { keys } = await restoreLevelStore(source, home.store);
    console.log(`restored ${keys} objects; 'proa up' starts with them`);
  } catch (error) {
    if (error instanceof StoreError) throw new UserError(error.message);
    throw error;
  }
  return 0;
}
