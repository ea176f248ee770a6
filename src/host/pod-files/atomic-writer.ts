import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { ProjectedFile } from '../../kubelet/edges.ts';

/** The link that all others lead through: to turn it is to change all files at once. */
const DATA = '..data';
const NEW_DATA = '..data_tmp';
/** `..2026_01_02_03_04_05.123456`: a folder with one state of the files. */
const STATE = /^\.\.\d{4}_/;

/** What a group gets of folders and files that only the kubelet writes. */
const GROUP_READ = 0o440;
const GROUP_FOLDER = 0o2110;

type Files = ReadonlyMap<string, ProjectedFile>;

/**
 * Makes `folder` show exactly `files`, all at the same moment, as upstream's AtomicWriter: each
 * state is a folder of its own, and a link to it is replaced. Readers that hold a file open, and
 * mounts of single files, keep the state they had. What a crash left half-made is removed.
 * Answers whether there was anything to change.
 *
 * @param options.now epoch ms, for the name of the new state
 */
export async function writeAtomically(
  folder: string,
  files: Files,
  options: { readonly fsGroup?: number | undefined; readonly now: number },
): Promise<boolean> {
  for (const path of files.keys()) assert(isBelow(path), `a volume's file stays in it: ${path}`);
  const current = await readlink(join(folder, DATA)).catch(() => null);
  await removeLeftovers(folder, current);
  const isNew = current === null || !(await shows(join(folder, current), files));
  if (isNew) await replaceState(folder, current, files, options);
  await linkFiles(folder, files);
  return isNew;
}

function isBelow(path: string): boolean {
  return (
    path !== '' && !path.startsWith('..') && !path.split('/').some((part) => /^\.{0,2}$/.test(part))
  );
}

/** Removes states that nothing leads to. */
async function removeLeftovers(folder: string, current: string | null): Promise<void> {
  for (const name of await readdir(folder)) {
    const isLeft = name === NEW_DATA || (STATE.test(name) && name !== current);
    if (isLeft) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function shows(state: string, files: Files): Promise<boolean> {
  const present = await filesBelow(state, '').catch(() => null);
  if (present === null || present.length !== files.size) return false;
  for (const path of present) {
    const wanted = files.get(path);
    if (wanted === undefined || !(await readFile(join(state, path))).equals(wanted.data)) {
      return false;
    }
  }
  return true;
}

async function filesBelow(folder: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (!entry.isDirectory()) found.push(path);
    else found.push(...(await filesBelow(join(folder, entry.name), `${path}/`)));
  }
  return found;
}

async function replaceState(
  folder: string,
  current: string | null,
  files: Files,
  { fsGroup, now }: { readonly fsGroup?: number | undefined; readonly now: number },
): Promise<void> {
  const time = new Date(now).toISOString().slice(0, 19).replace(/[-:T]/g, '_');
  const state = await mkdtemp(join(folder, `..${time}.`));
  try {
    await chmod(state, 0o755);
    for (const [path, file] of files) await writeOne(join(state, path), file, state);
    if (fsGroup !== undefined) await giveToGroup(state, fsGroup);
    await symlink(state.slice(folder.length + 1), join(folder, NEW_DATA));
    await rename(join(folder, NEW_DATA), join(folder, DATA));
  } catch (error) {
    await rm(state, { recursive: true, force: true });
    throw error;
  }
  if (current !== null) await rm(join(folder, current), { recursive: true, force: true });
}

async function writeOne(path: string, file: ProjectedFile, state: string): Promise<void> {
  const parent = dirname(path);
  if (parent !== state) await mkdir(parent, { recursive: true, mode: 0o755 });
  // Nobody else may read it before it has its mode.
  await writeFile(path, file.data, { mode: 0o600 });
  await chmod(path, file.mode);
  if (file.uid !== undefined) await chown(path, file.uid, (await stat(path)).gid);
}

/** Upstream's SetVolumeOwnership, for a volume that containers only read. */
export async function giveToGroup(path: string, group: number): Promise<void> {
  const { mode, uid } = await stat(path);
  const entries = await readdir(path, { withFileTypes: true });
  await chown(path, uid, group);
  await chmod(path, (mode & 0o7777) | GROUP_READ | GROUP_FOLDER);
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await giveToGroup(child, group);
    else if (entry.isFile()) {
      const file = await stat(child);
      await chown(child, file.uid, group);
      await chmod(child, (file.mode & 0o7777) | GROUP_READ);
    }
  }
}

/** What users see: a link for each file or folder at the top. */
async function linkFiles(folder: string, files: Files): Promise<void> {
  const wanted = new Set([...files.keys()].map((path) => path.split('/')[0]!));
  for (const name of await readdir(folder)) {
    if (name.startsWith('..')) continue;
    if (!wanted.delete(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of wanted) {
    const link = join(folder, name);
    if ((await lstat(link).catch(() => null)) === null) await symlink(join(DATA, name), link);
  }
}
