import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Home } from '../home.ts';
import { UserError } from '../user-error.ts';

/** Lines shown before following. */
const TAIL_LINES = 200;

/** `proa logs [-f]`: the daemon's log, a JSON object a line. */
export async function logsCommand(
  home: Home,
  options: { readonly follow?: boolean },
): Promise<number> {
  if (!existsSync(home.daemonLog)) throw new UserError(`no log in ${home.logs} yet`);
  const follow = options.follow ? ['-F'] : [];
  const args = ['-n', String(TAIL_LINES), ...follow, home.daemonLog];
  const child = spawn('tail', args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 0));
  });
}
