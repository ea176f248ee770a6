import { createHash } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseRunFile, type RunningDaemon } from './run-file.ts';

/** What a claim does to the disk: each a step between which others may take theirs. */
export const CLAIM_FILES = { link, readdir, readFile, rename, rm, writeFile };
export type ClaimFiles = typeof CLAIM_FILES;

/** Others may have the file change hands in the middle of a claim; not so often. */
const CLAIMS_MAX = 20;

/**
 * Makes the file name this daemon, unless it names a living one: of any that start at the same time
 * one gets it. Answers the other one, or null when the file is ours.
 *
 * A leftover is never removed to make room: who saw it might remove what has come in its place.
 * Whoever links to the name that follows from a leftover's content is its one heir, and renames its
 * own over it. That name counts only as long as the leftover is still there.
 */
export async function claimRunFile(
  file: string,
  running: RunningDaemon,
  files: ClaimFiles = CLAIM_FILES,
): Promise<RunningDaemon | null> {
  const own = `${file}.${running.pid}`;
  await files.writeFile(own, `${JSON.stringify(running)}\n`, { mode: 0o600 });
  try {
    for (let claim = 0; claim < CLAIMS_MAX; claim++) {
      const outcome = await tryToClaim(file, own, files);
      if (outcome !== 'again') return outcome;
    }
    throw new Error(`${file} cannot be written: others write it at the same time`);
  } finally {
    await files.rm(own, { force: true });
  }
}

async function tryToClaim(
  file: string,
  own: string,
  files: ClaimFiles,
): Promise<RunningDaemon | null | 'again'> {
  const leftover = await read(file, files);
  if (leftover === null) return (await linked(own, file, files)) ? null : 'again';
  let heir = file;
  for (let text: string | null = leftover; text !== null; text = await read(heir, files)) {
    const other = parseRunFile(text);
    // An heir who came in vain does not run the cluster.
    if (other !== null) return (await read(file, files)) === leftover ? other : 'again';
    heir = heirOf(file, text);
  }
  if (!(await linked(own, heir, files))) return 'again';
  if ((await read(file, files)) !== leftover) {
    // It has another heir already, who tidied up before this one came.
    await files.rm(heir, { force: true });
    return 'again';
  }
  await files.rename(own, file);
  await removeHeirs(file, files);
  return null;
}

function heirOf(file: string, text: string): string {
  return `${file}.after-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** While the file names a living daemon nobody is an heir: what bears such a name was in vain. */
async function removeHeirs(file: string, files: ClaimFiles): Promise<void> {
  const prefix = `${basename(file)}.after-`;
  const names = (await files.readdir(dirname(file))).filter((name) => name.startsWith(prefix));
  await Promise.all(names.map((name) => files.rm(join(dirname(file), name), { force: true })));
}

async function read(file: string, files: ClaimFiles): Promise<string | null> {
  try {
    return await files.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A link appears whole, and only where nothing is. */
async function linked(from: string, to: string, files: ClaimFiles): Promise<boolean> {
  try {
    await files.link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
