import { askControl } from '../control.ts';
import type { Home } from '../home.ts';
import { readRunFile } from '../run-file.ts';
import { UserError } from '../user-error.ts';

/** `proa secrets rotate-key`: from now on another key opens the Secrets in the store. */
export async function rotateKeyCommand(home: Home): Promise<number> {
  const running = readRunFile(home.runFile);
  if (running === null) {
    throw new UserError(`no cluster runs in ${home.folder}: 'proa up' first`);
  }
  const asked = askControl<{ count: number }>(running.controlSocket, 'POST', '/rotate-key');
  const { count } = await asked.catch((error: Error) => {
    // The daemon may have gone at any step of it: the next one goes on from there.
    throw new UserError(`the old key may still be in use, run this again: ${error.message}`);
  });
  const secrets = count === 1 ? '1 Secret is' : `${count} Secrets are`;
  console.log(`${secrets} encrypted with a new key, the old one is gone`);
  console.log('earlier backups open with the keys that lie beside them');
  return 0;
}
