import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extract, type Header } from 'tar-stream';

const run = promisify(execFile);

/** One file, link or folder of a package, with its path below the root: `usr/bin/curl`. */
export type PackageEntry = { path: string; header: Header; content: Buffer };

/**
 * Downloads Debian packages of this machine's release and architecture into a folder, unless
 * they lie there already. Nothing is installed. Dependencies are not followed: a test image
 * names what its programs need and nothing else.
 *
 * @returns the archive's path by package name
 * @throws when a package is unknown or the archive mirror does not answer
 */
export async function fetchPackages(
  names: readonly string[],
  folder: string,
): Promise<Map<string, string>> {
  await mkdir(folder, { recursive: true });
  const found = await findPackages(names, folder);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length === 0) return found;

  // Downloaded beside and moved when whole: an interrupted download leaves nothing that a later
  // run would take for a package.
  const partial = await mkdtemp(join(folder, 'partial-'));
  try {
    const download = () => run('apt-get', ['download', ...missing], { cwd: partial });
    try {
      await download();
    } catch {
      // The package lists are missing or older than the mirror: fetch them once and try again.
      await run('apt-get', ['update']);
      await download();
    }
    for (const file of await readdir(partial)) {
      await rename(join(partial, file), join(folder, file));
    }
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const all = await findPackages(names, folder);
  const absent = names.filter((name) => !all.has(name));
  if (absent.length > 0) throw new Error(`Cannot download packages: ${absent.join(', ')}`);
  return all;
}

async function findPackages(names: readonly string[], folder: string) {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.deb')).sort();
  const found = new Map<string, string>();
  for (const name of names) {
    const file = files.findLast((candidate) => candidate.startsWith(`${name}_`));
    if (file !== undefined) found.set(name, join(folder, file));
  }
  return found;
}

/** Reads the files of a package that `keep` wants, without unpacking it to disk. */
export async function readPackage(
  archive: string,
  keep: (path: string) => boolean,
): Promise<PackageEntry[]> {
  const child = spawn('dpkg-deb', ['--fsys-tarfile', archive], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Cannot read '${archive}': dpkg-deb ended with ${code}`));
    });
  });
  const entries: PackageEntry[] = [];
  const readEntries = async () => {
    for await (const entry of child.stdout.pipe(extract())) {
      const path = entry.header.name.replace(/^\.?\//, '').replace(/\/$/, '');
      const parts: Buffer[] = [];
      for await (const part of entry) parts.push(part as Buffer);
      if (keep(path)) entries.push({ path, header: entry.header, content: Buffer.concat(parts) });
    }
  };
  await Promise.all([ended, readEntries()]);
  return entries;
}
