import { existsSync } from 'node:fs';
import { mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '../user-error.ts';
import { type ClusterAccess, mergeKubeconfig, removeFromKubeconfig } from './kubeconfig.ts';

/** How long another program may hold a file's lock; writing one takes milliseconds. */
const LOCK_MS_MAX = 3_000;
const LOOK_MS = 20;

/**
 * The files kubectl reads the user's contexts from: those of KUBECONFIG, else ~/.kube/config.
 */
export function userKubeconfigs(env: NodeJS.ProcessEnv): string[] {
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  return named.length > 0 ? named : [join(homedir(), '.kube', 'config')];
}

/** The one that a new context belongs in, as kind has it: the first that exists, else the last. */
export function kubeconfigToMergeInto(files: readonly string[]): string {
  return files.find((file) => existsSync(file)) ?? files.at(-1)!;
}

/**
 * Adds a cluster to the user's kubeconfig.
 *
 * @throws UserError when the file is no kubeconfig or somebody else holds its lock; system errors
 */
export async function addToKubeconfigFile(file: string, access: ClusterAccess): Promise<void> {
  await change(file, (text) => mergeKubeconfig(text, access));
}

/**
 * Takes a cluster out of the user's kubeconfig, if it is there.
 *
 * @throws as addToKubeconfigFile
 */
export async function removeFromKubeconfigFile(file: string, name: string): Promise<void> {
  if (!existsSync(file)) return;
  await change(file, (text) => removeFromKubeconfig(text, name));
}

/** Changes a file under the lock that kubectl takes too. Null leaves it as it is. */
async function change(file: string, edit: (text: string) => string | null): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // A link to a file kept elsewhere stays a link.
  const target = await realpath(file).catch(() => file);
  const lock = `${target}.lock`;
  await takeLock(lock);
  try {
    const text = edited(file, await readText(target), edit);
    if (text === null) return;
    // It holds a key: whatever its mode was, it is the owner's alone now.
    await writeFile(`${target}.proa`, text, { mode: 0o600 });
    await rename(`${target}.proa`, target);
  } finally {
    await rm(lock, { force: true });
  }
}

function edited(file: string, text: string, edit: (text: string) => string | null): string | null {
  try {
    return edit(text);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    throw new UserError(`${file} is not a kubeconfig: ${why}`);
  }
}

async function takeLock(lock: string): Promise<void> {
  const deadline = Date.now() + LOCK_MS_MAX;
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (Date.now() > deadline) {
        throw new UserError(`another program holds ${lock}; if none does, remove that file`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
