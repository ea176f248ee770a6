import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';

/** Linux' O_PATH: a handle on the place, not on what is in it. */
const O_PATH = 0o10000000;
const PLACE = O_PATH | constants.O_NOFOLLOW;
const FOLDER = PLACE | constants.O_DIRECTORY;

/** The path by which this process, and others that look into it, reach an open place. */
export function pathOf(handle: FileHandle, process: number | 'self' = 'self'): string {
  return `/proc/${process}/fd/${handle.fd}`;
}

/**
 * Opens `names`, one below the other, from the folder `base`. No step follows a symbolic link, so
 * whoever changes folders meanwhile cannot lead it astray. The caller closes the handle.
 *
 * @param makeMode mode of folders to make where one is missing; null to make none
 */
export async function openInside(
  base: string,
  names: readonly string[],
  makeMode: number | null = null,
): Promise<FileHandle> {
  let current = await open(base, FOLDER);
  for (const [index, name] of names.entries()) {
    const parent = current;
    try {
      const path = `${pathOf(parent)}/${name}`;
      if (makeMode !== null) await make(path, makeMode);
      current = await open(path, index < names.length - 1 ? FOLDER : PLACE);
      if ((await current.stat()).isSymbolicLink()) {
        await current.close();
        throw new Error(`${name} is a symbolic link`);
      }
    } finally {
      await parent.close();
    }
  }
  return current;
}

async function make(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
