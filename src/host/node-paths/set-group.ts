import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What the group gets of files, and of folders, where what is new belongs to the group too. */
const FILE_BITS = 0o660;
const FOLDER_BITS = 0o2770;

/** Upstream's SetVolumeOwnership. */
export async function setGroup(
  root: string,
  group: number,
  onlyOnMismatch: boolean,
): Promise<void> {
  const { gid, mode } = await lstat(root);
  if (onlyOnMismatch && gid === group && (mode & FOLDER_BITS) === FOLDER_BITS) return;
  // The root last: one whose walk was cut off does not look as if it were done.
  await setBelow(root, group);
  await setOne(root, group);
}

async function setBelow(folder: string, group: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await setBelow(path, group);
    await setOne(path, group);
  }
}

async function setOne(path: string, group: number): Promise<void> {
  try {
    const found = await lstat(path);
    await lchown(path, found.uid, group);
    if (found.isSymbolicLink()) return;
    const bits = found.isDirectory() ? FOLDER_BITS : FILE_BITS;
    await chmod(path, (found.mode & 0o7777) | bits);
  } catch (error) {
    // Whoever else uses the volume may remove files meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
