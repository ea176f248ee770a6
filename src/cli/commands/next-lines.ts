import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, join, relative } from 'node:path';
import { defaultHome, type Home } from '../home.ts';
import { findKubectl } from './kubectl.ts';

/** Where the person at the keyboard is. */
export interface NextContext {
  readonly env: NodeJS.ProcessEnv;
  readonly isRoot: boolean;
  /** The folder of their shell. */
  readonly folder: string;
  /** The program that runs, as a path. */
  readonly program: string;
}

/** The context of this process. */
export function nextContext(): NextContext {
  return {
    env: process.env,
    isRoot: process.getuid?.() === 0,
    // npm changes into the package's folder and tells where it was called.
    folder: process.env.INIT_CWD ?? process.cwd(),
    program: process.argv[1] ?? 'proa',
  };
}

/**
 * What a person types next, ready to be pasted.
 *
 * @param merged whether a plain kubectl reaches the cluster
 */
export function nextLines(home: Home, merged: boolean, context: NextContext): string {
  const found = findKubectl(context.env) !== null;
  const kubectl = merged && found ? 'kubectl' : proaKubectl(home, context);
  const lines = ['', `  ${kubectl} get nodes`, `  ${kubectl} run web --image=nginx`, ''];
  if (!found) lines.push('No kubectl on PATH yet: apt-get install kubernetes-client');
  return lines.join('\n');
}

function proaKubectl(home: Home, context: NextContext): string {
  const { env, isRoot } = context;
  const isDefault = home.folder === defaultHome(env, isRoot);
  const option = isDefault ? '' : ` --home ${quoted(home.folder)}`;
  return `${quoted(callable(context))} kubectl${option}`;
}

/** `proa` where that runs this program, else the shortest path to it. */
function callable({ env, folder, program }: NextContext): string {
  const path = realPath(program);
  // The sources, as run by developers, are no program of their own.
  if (path === null || basename(path) !== 'proa') return 'proa';
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .map((part) => join(part, 'proa'))
    .find((file) => existsSync(file));
  if (onPath !== undefined && realPath(onPath) === path) return 'proa';
  const near = relative(realPath(folder) ?? folder, path);
  return near.startsWith('..') ? path : near.includes('/') ? near : `./${near}`;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
