import { readFile } from 'node:fs/promises';
import type { Home } from '../home.ts';
import { UserError } from '../user-error.ts';

/** `proa kubeconfig`: prints the file with which kubectl reaches this cluster. */
export async function kubeconfigCommand(home: Home): Promise<number> {
  const text = await readFile(home.kubeconfig, 'utf8').catch(() => null);
  if (text === null) throw new UserError(`no cluster in ${home.folder} yet: run 'proa up' first`);
  process.stdout.write(text);
  return 0;
}
