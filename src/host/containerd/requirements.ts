import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian, and others, put the CNI plugins. */
const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback'];
const PROGRAMS = [
  { program: 'containerd', debian: 'containerd' },
  { program: 'containerd-shim-runc-v2', debian: 'containerd' },
  { program: 'ctr', debian: 'containerd' },
  { program: 'runc', debian: 'runc' },
  { program: 'ip', debian: 'iproute2' },
  { program: 'nft', debian: 'nftables' },
  { program: 'nsenter', debian: 'util-linux' },
  { program: 'mount', debian: 'mount' },
];
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CAP_SYS_RESOURCE = 24;

/** The program's absolute path, or null. The administrator's folders count too. */
export function findProgram(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), ...SEARCH_PATH.split(':')];
  const paths = folders.filter((folder) => folder !== '').map((folder) => join(folder, program));
  return paths.find(isExecutable) ?? null;
}

/** The folder that has all CNI plugins Proa uses, or null. */
export function cniPluginFolder(): string | null {
  const complete = (folder: string) =>
    CNI_PLUGINS.every((plugin) => isExecutable(join(folder, plugin)));
  return CNI_FOLDERS.find(complete) ?? null;
}

/** '' when containers can run here, else one sentence saying what is missing. */
export function missingRequirements(): string {
  if (process.platform !== 'linux') return 'containers need Linux';
  if (process.getuid?.() !== 0) return 'containers need root';
  const packages = new Set(
    PROGRAMS.filter(({ program }) => findProgram(program) === null).map(({ debian }) => debian),
  );
  if (cniPluginFolder() === null) packages.add('containernetworking-plugins');
  if (packages.size === 0) return '';
  const names = [...packages];
  return `missing Debian ${names.length === 1 ? 'package' : 'packages'} ${names.join(', ')}`;
}

/** Whether this process has CAP_SYS_RESOURCE, without which OOM scores can only be raised. */
export function hasSysResource(): boolean {
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return ((effective >> BigInt(CAP_SYS_RESOURCE)) & 1n) === 1n;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
