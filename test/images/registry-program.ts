import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fetchPackages } from './debian-packages.ts';
import type { ImageCache } from './image-cache.ts';

const run = promisify(execFile);
const PACKAGE = 'docker-registry';
const INSTALLED = '/usr/bin/docker-registry';

/**
 * Finds Debian's docker-registry program: the installed one, or else the package's unpacked into
 * the cache. It is not installed, as the package would start a service of its own.
 *
 * @returns the program's path
 */
export async function findRegistryProgram(cache: ImageCache): Promise<string> {
  if (await exists(INSTALLED)) return INSTALLED;
  const folder = join(cache.folder, 'programs');
  const unpacked = join(folder, PACKAGE);
  const program = join(unpacked, INSTALLED);
  if (await exists(program)) return program;
  const archives = await fetchPackages([PACKAGE], cache.packagesFolder());
  await mkdir(folder, { recursive: true });
  const partial = await mkdtemp(join(folder, 'partial-'));
  await run('dpkg-deb', ['--extract', archives.get(PACKAGE)!, partial]);
  try {
    await rename(partial, unpacked);
  } catch {
    // Another process unpacked it in the meantime; a rename cannot replace its full folder.
    await rm(partial, { recursive: true });
  }
  return program;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
