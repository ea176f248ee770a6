import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from './user-error.ts';

/** The programs that real containers need, with the Debian package that brings each. */
const PROGRAMS = [
  { file: 'containerd', package: 'containerd' },
  { file: 'runc', package: 'runc' },
  { file: '/usr/lib/cni/bridge', package: 'containernetworking-plugins' },
  { file: 'nft', package: 'nftables' },
  { file: 'ip', package: 'iproute2' },
] as const;

const STILL_WORKS = 'without it the API and simulated pods still work: proa up --runtime sim';

/**
 * Sees to it that the machine can run what is asked.
 *
 * @throws UserError in one sentence: what is missing, and what still works
 */
export function requireRuntime(runtime: 'containerd' | 'sim'): void {
  if (runtime === 'sim') return;
  if (process.platform !== 'linux') {
    throw new UserError(
      `real containers need Linux, and this is ${process.platform}; ${STILL_WORKS}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new UserError(`real containers need root (try sudo); ${STILL_WORKS}`);
  }
  const missing = PROGRAMS.filter(({ file }) => !isInstalled(file)).map(
    (program) => program.package,
  );
  if (missing.length > 0) {
    throw new UserError(
      `missing ${missing.join(', ')} (Debian: apt-get install ${missing.join(' ')}); ${STILL_WORKS}`,
    );
  }
}

function isInstalled(file: string): boolean {
  if (file.startsWith('/')) return existsSync(file);
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`;
  return folders.split(delimiter).some((folder) => existsSync(join(folder, file)));
}
