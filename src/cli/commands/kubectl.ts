import { spawn } from 'node:child_process';
import { accessSync, existsSync, constants as fsConstants } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Home } from '../home.ts';
import { UserError } from '../user-error.ts';

/** The kubectl on PATH (or named by PROA_KUBECTL); null when there is none. */
export function findKubectl(env: NodeJS.ProcessEnv): string | null {
  if (env.PROA_KUBECTL) return env.PROA_KUBECTL;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const file = join(folder, 'kubectl');
    try {
      accessSync(file, fsConstants.X_OK);
      return file;
    } catch {
      // Not here: look in the next folder.
    }
  }
  return null;
}

/** `proa kubectl ARGS...`: kubectl with this cluster's kubeconfig. Answers its exit code. */
export async function kubectlCommand(home: Home, args: readonly string[]): Promise<number> {
  const kubectl = findKubectl(process.env);
  if (kubectl === null) {
    throw new UserError(
      'no kubectl found on PATH: install one (Debian: apt-get install kubernetes-client), ' +
        'or name it in PROA_KUBECTL',
    );
  }
  if (!existsSync(home.kubeconfig)) {
    throw new UserError(`no cluster in ${home.folder} yet: run 'proa up' first`);
  }
  const env = { ...process.env, KUBECONFIG: home.kubeconfig };
  const child = spawn(kubectl, args, { stdio: 'inherit', env });
  // The terminal signals both; kubectl decides what Ctrl-C means.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}
