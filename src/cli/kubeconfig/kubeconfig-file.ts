import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type ClusterAccess, mergeKubeconfig, removeFromKubeconfig } from './kubeconfig.ts';

/** The file kubectl would write to: the first of KUBECONFIG, else ~/.kube/config. */
export function userKubeconfig(env: NodeJS.ProcessEnv): string {
  const first = (env.KUBECONFIG ?? '').split(delimiter).find((file) => file !== '');
  return first ?? join(homedir(), '.kube', 'config');
}

/** Adds a cluster to the user's kubeconfig. */
export async function addToKubeconfigFile(file: string, access: ClusterAccess): Promise<void> {
  await replaceFile(file, mergeKubeconfig(await readText(file), access));
}

/** Takes a cluster out of the user's kubeconfig, if it is there. */
export async function removeFromKubeconfigFile(file: string, name: string): Promise<void> {
  const text = removeFromKubeconfig(await readText(file), name);
  if (text !== null) await replaceFile(file, text);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.proa`, text, { mode: 0o600 });
  await rename(`${file}.proa`, file);
  await chmod(file, 0o600);
}
