import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { UserError } from './user-error.ts';

/** Where a cluster keeps everything: one folder, so that several clusters live side by side. */
export interface Home {
  readonly folder: string;
  /** The daemon that runs, for others to find: see run-file.ts. */
  readonly runFile: string;
  /** What the cluster was made with: see cluster-file.ts. */
  readonly clusterFile: string;
  readonly kubeconfig: string;
  readonly pki: string;
  /** The folder of the keys that encrypt Secrets in the store, and its one file. */
  readonly keys: string;
  readonly keyFile: string;
  readonly store: string;
  /** Files of static pods. */
  readonly manifests: string;
  readonly logs: string;
  readonly daemonLog: string;
  /** The unix socket of control.ts. */
  readonly controlSocket: string;
  /** Names this cluster among those of the machine: `proa`, or `proa-` and a part of a hash. */
  readonly name: string;
}

/** The system refuses longer paths of unix sockets. */
const SOCKET_PATH_MAX = 100;

/**
 * Derives every path from the home folder.
 *
 * @throws UserError for '', as a shell makes of a variable that is not set
 */
export function homeAt(folder: string): Home {
  if (folder === '') throw new UserError('--home must name a folder');
  const absolute = resolve(folder);
  const logs = join(absolute, 'logs');
  const hash = createHash('sha256').update(absolute).digest('hex').slice(0, 8);
  const socket = join(absolute, 'control.sock');
  return {
    folder: absolute,
    runFile: join(absolute, 'run.json'),
    clusterFile: join(absolute, 'cluster.json'),
    kubeconfig: join(absolute, 'kubeconfig'),
    pki: join(absolute, 'pki'),
    keys: join(absolute, 'keys'),
    keyFile: join(absolute, 'keys', 'encryption.json'),
    store: join(absolute, 'store'),
    manifests: join(absolute, 'manifests'),
    logs,
    daemonLog: join(logs, 'proa.log'),
    controlSocket: socket.length <= SOCKET_PATH_MAX ? socket : join(tmpdir(), `proa-${hash}.sock`),
    name: absolute === '/var/lib/proa' ? 'proa' : `proa-${hash}`,
  };
}

/**
 * The home folder where none is named: PROA_HOME, else /var/lib/proa for root, else the XDG data
 * folder.
 */
export function defaultHome(env: NodeJS.ProcessEnv, isRoot: boolean): string {
  if (env.PROA_HOME) return resolve(env.PROA_HOME);
  if (isRoot) return '/var/lib/proa';
  const data = env.XDG_DATA_HOME;
  return join(data && isAbsolute(data) ? data : join(homedir(), '.local', 'share'), 'proa');
}
