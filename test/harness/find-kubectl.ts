import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A real kubectl found on this machine. */
export interface FoundKubectl {
  readonly file: string;
  /** As `1.33`. */
  readonly minor: string;
  /** As `v1.33.1`. */
  readonly version: string;
}

/** Where a Google Cloud SDK lies, when it is not on PATH; it brings several versions of kubectl. */
const SDK_PARENTS = ['/usr/lib', '/usr/share', '/usr/local', '/opt', '/snap', homedir()];

/**
 * Every version of kubectl on this machine, oldest first: what PROA_KUBECTL names, those on PATH
 * and those that lie beside them or in a Google Cloud SDK. Where there is none, Debian's
 * kubernetes-client is installed.
 *
 * @throws when there is none and none can be installed
 */
export function findKubectls(): FoundKubectl[] {
  const found = search();
  if (found.length > 0) return found;
  const installer = fileURLToPath(new URL('../../scripts/packages.mjs', import.meta.url));
  spawnSync(process.execPath, [installer, 'kubernetes-client'], { stdio: 'inherit' });
  const installed = search();
  if (installed.length === 0) throw new Error('Cannot find or install any kubectl');
  return installed;
}

/** The one the labs use: what PROA_KUBECTL names, else 1.33, else the newest there is. */
export function labKubectl(): FoundKubectl {
  const found = findKubectls();
  const chosen = process.env.PROA_KUBECTL;
  const wanted = found.find(({ file, minor }) => (chosen ? file === chosen : minor === '1.33'));
  return wanted ?? found[found.length - 1]!;
}

function search(): FoundKubectl[] {
  const byMinor = new Map<string, FoundKubectl>();
  for (const file of candidates()) {
    const found = ask(file);
    if (found !== null && !byMinor.has(found.minor)) byMinor.set(found.minor, found);
  }
  return [...byMinor.values()].sort((a, b) => minorNumber(a) - minorNumber(b));
}

function candidates(): string[] {
  const named = process.env.PROA_KUBECTL ? [process.env.PROA_KUBECTL] : [];
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const folders = onPath.flatMap((folder) => {
    const file = join(folder, 'kubectl');
    return existsSync(file) ? [folder, dirname(realpathSync(file))] : [];
  });
  const sdks = SDK_PARENTS.map((parent) => join(parent, 'google-cloud-sdk', 'bin'));
  const all = [...new Set([...folders, ...sdks])].filter(existsSync).flatMap(kubectlsIn);
  return [...new Set([...named, ...all])];
}

/** Those that name their version come first: the plain one may be a dispatcher to them. */
function kubectlsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^kubectl([.-]v?1\.\d+(\.\d+)?)?$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name))
    .filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function ask(file: string): FoundKubectl | null {
  const { stdout } = spawnSync(file, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const version = /"gitVersion": "(v(1\.\d+)[^"]*)"/.exec(stdout ?? '');
  return version === null ? null : { file, version: version[1]!, minor: version[2]! };
}

function minorNumber({ minor }: FoundKubectl): number {
  return Number(minor.split('.')[1]);
}
