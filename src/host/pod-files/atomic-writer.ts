import {
  chmodSync,
  chownSync,
  type Dirent,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
 * Synchronous: these are a few dozen calls on small files that nothing waits for to reach a disk, and
 * a trip through the thread pool costs many times what each of them does.
 *
 * @param options.now epoch ms, for the name of the new state
 */
export function writeAtomically(
  folder: string,
  files: Files,
  options: { readonly fsGroup?: number | undefined; readonly now: number },
): boolean {
  for (const path of files.keys()) assert(isBelow(path), `a volume's file stays in it: ${path}`);
  const current = linkOf(join(folder, DATA));
  removeLeftovers(folder, current);
  const isNew = current === null || !shows(join(folder, current), files);
  if (isNew) replaceState(folder, current, files, options);
  linkFiles(folder, files);
  return isNew;
}

function isBelow(path: string): boolean {
  return (
    path !== '' && !path.startsWith('..') && !path.split('/').some((part) => /^\.{0,2}$/.test(part))
  );
}

/** Removes states that nothing leads to. */
function removeLeftovers(folder: string, current: string | null): void {
  for (const name of readdirSync(folder)) {
    const isLeft = name === NEW_DATA || (STATE.test(name) && name !== current);
    if (isLeft) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function shows(state: string, files: Files): boolean {
  const present = filesBelow(state, '');
  if (present.length !== files.size) return false;
  for (const path of present) {
    const wanted = files.get(path);
    if (wanted === undefined || !readFileSync(join(state, path)).equals(wanted.data)) {
      return false;
    }
  }
  return true;
}

function filesBelow(folder: string, prefix: string): string[] {
  const found: string[] = [];
  for (const entry of entriesOf(folder)) {
    const path = `${prefix}${entry.name}`;
    if (!entry.isDirectory()) found.push(path);
    else found.push(...filesBelow(join(folder, entry.name), `${path}/`));
  }
  return found;
}

function replaceState(
  folder: string,
  current: string | null,
  files: Files,
  { fsGroup, now }: { readonly fsGroup?: number | undefined; readonly now: number },
): void {
  const time = new Date(now).toISOString().slice(0, 19).replace(/[-:T]/g, '_');
  const state = mkdtempSync(join(folder, `..${time}.`));
  try {
    chmodSync(state, 0o755);
    for (const [path, file] of files) writeOne(join(state, path), file, state);
    if (fsGroup !== undefined) giveToGroup(state, fsGroup);
    symlinkSync(state.slice(folder.length + 1), join(folder, NEW_DATA));
    renameSync(join(folder, NEW_DATA), join(folder, DATA));
  } catch (error) {
    rmSync(state, { recursive: true, force: true });
    throw error;
  }
  if (current !== null) rmSync(join(folder, current), { recursive: true, force: true });
}

function writeOne(path: string, file: ProjectedFile, state: string): void {
  const parent = dirname(path);
  if (parent !== state) mkdirSync(parent, { recursive: true, mode: 0o755 });
  // Nobody else may read it before it has its mode.
  writeFileSync(path, file.data, { mode: 0o600 });
  chmodSync(path, file.mode);
  if (file.uid !== undefined) chownSync(path, file.uid, statSync(path).gid);
}

/** Upstream's SetVolumeOwnership, for a volume that containers only read. */
export function giveToGroup(path: string, group: number): void {
  const { mode, uid } = statSync(path);
  const entries = readdirSync(path, { withFileTypes: true });
  chownSync(path, uid, group);
  chmodSync(path, (mode & 0o7777) | GROUP_READ | GROUP_FOLDER);
  for (const entry of entries) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) giveToGroup(child, group);
    else if (entry.isFile()) {
      const file = statSync(child);
      chownSync(child, file.uid, group);
      chmodSync(child, (file.mode & 0o7777) | GROUP_READ);
    }
  }
}

/** What users see: a link for each file or folder at the top. */
function linkFiles(folder: string, files: Files): void {
  const wanted = new Set([...files.keys()].map((path) => path.split('/')[0]!));
  for (const name of readdirSync(folder)) {
    if (name.startsWith('..')) continue;
    if (!wanted.delete(name)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const name of wanted) {
    const link = join(folder, name);
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined)
      symlinkSync(join(DATA, name), link);
  }
}

function linkOf(path: string): string | null {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isSymbolicLink() ? readlinkSync(path) : null;
}

/** What is in a folder; nothing when it is not there. */
function entriesOf(folder: string): Dirent[] {
  return statSync(folder, { throwIfNoEntry: false }) === undefined
    ? []
    : readdirSync(folder, { withFileTypes: true });
}
