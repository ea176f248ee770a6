import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultCacheFolder, ImageCache } from '../../images/image-cache.ts';

const run = promisify(execFile);
const PACKAGE = 'containerd';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * The folder with the programs of the containerd that a later release of Debian has. It is fetched
 * once, from where this machine has its own packages, and checked by apt against that release's
 * signature; nothing is installed.
 *
 * @param suite such as `trixie`
 * @throws when there is no such release, or apt does not get it
 */
export async function fetchContainerd(suite: string): Promise<string> {
  const programs = join(new ImageCache(defaultCacheFolder()).folder, 'programs');
  const unpacked = join(programs, `${PACKAGE}-${suite}`);
  const folder = join(unpacked, 'usr/bin');
  if (existsSync(join(folder, 'containerd'))) return folder;
  await mkdir(programs, { recursive: true });
  const partial = await mkdtemp(join(programs, 'partial-'));
  try {
    const archive = await download(suite, partial);
    const whole = join(partial, 'whole');
    await run('dpkg-deb', ['--extract', archive, whole]);
    await rename(whole, unpacked);
  } finally {
    await rm(partial, { recursive: true });
  }
  return folder;
}

/** With lists, a cache and sources of its own, apt leaves the machine's as they are. */
async function download(suite: string, folder: string): Promise<string> {
  const source = `deb [signed-by=${KEYRING}] ${await archiveUri()} ${suite} main\n`;
  await writeFile(join(folder, 'suite.list'), source);
  for (const path of ['lists/partial', 'cache/archives/partial']) {
    await mkdir(join(folder, path), { recursive: true });
  }
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'suite.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'Acquire::Languages': 'none',
    // Another user could not write here.
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...options, 'update']);
  await run('apt-get', [...options, 'download', PACKAGE], { cwd: folder });
  const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error(`${suite} has no package ${PACKAGE}`);
  return join(folder, file);
}

/** Where this machine's packages come from; its security updates come from elsewhere. */
async function archiveUri(): Promise<string> {
  const ask = ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'];
  const find = async () => {
    const { stdout } = await run('apt-get', [...ask, 'Origin: Debian']);
    const targets = stdout.split('\n').map((line) => line.split(' '));
    return targets.find(([, codename]) => codename && !codename.includes('-'))?.[0];
  };
  const known = await find();
  if (known !== undefined) return known;
  // Only what has been listed has an origin.
  await run('apt-get', ['update']);
  const uri = await find();
  if (uri === undefined) throw new Error('this machine has no packages from Debian');
  return uri;
}
