import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { runCommand } from '../../harness/run-command.ts';
import { fetchPackages } from '../../images/debian-packages.ts';
import { defaultCacheFolder, ImageCache } from '../../images/image-cache.ts';

const run = promisify(execFile);
const PACKAGE = 'user-mode-linux';
const KERNEL = 'usr/bin/linux.uml';
const RUN_MS_MAX = 60_000;

/** Runs the program twice: on the machine itself, and as in a container on it. */
const INIT = (program: string) => `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup /sys/fs/cgroup
${process.execPath} ${program} machine
mkdir /sys/fs/cgroup/box
echo $$ >/sys/fs/cgroup/box/cgroup.procs
unshare --cgroup --mount sh -c '
  umount /sys/fs/cgroup
  mount -t cgroup2 cgroup /sys/fs/cgroup
  ${process.execPath} ${program} container'
/sbin/halt -f
`;

/**
 * Runs a program under a kernel with cgroups v2 alone, whatever this machine has: Linux as a
 * process, which sees this machine's files and cannot write them.
 *
 * @returns what it wrote, lines of the kernel among it
 */
export async function runOnCgroupsV2(program: string): Promise<string> {
  const kernel = await findKernel(new ImageCache(defaultCacheFolder()));
  const folder = await mkdtemp(join(tmpdir(), 'proa-cgroups-v2-'));
  try {
    const outfile = join(folder, 'program.mjs');
    const options = { bundle: true, platform: 'node', format: 'esm', logLevel: 'error' } as const;
    await build({ ...options, entryPoints: [program], outfile });
    const init = join(folder, 'init');
    await writeFile(init, INIT(outfile));
    await chmod(init, 0o755);
    const root = ['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${init}`];
    const console_ = ['con=null', 'con0=fd:0,fd:1', 'quiet'];
    const args = ['mem=512M', `umid=${process.pid}`, `uml_dir=${folder}`, ...root, ...console_];
    const { stdout } = await runCommand(kernel, args, { timeoutMs: RUN_MS_MAX });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function findKernel(cache: ImageCache): Promise<string> {
  const installed = join('/', KERNEL);
  if (existsSync(installed)) return installed;
  const unpacked = join(cache.folder, 'programs', PACKAGE);
  const program = join(unpacked, KERNEL);
  if (existsSync(program)) return program;
  const archives = await fetchPackages([PACKAGE], cache.packagesFolder());
  await mkdir(join(cache.folder, 'programs'), { recursive: true });
  const partial = await mkdtemp(join(cache.folder, 'programs', 'partial-'));
  await run('dpkg-deb', ['--extract', archives.get(PACKAGE)!, partial]);
  await rename(partial, unpacked);
  return program;
}
