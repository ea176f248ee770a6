// Installs missing Debian packages. Plain JavaScript: it runs before anything is built.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const LISTS_DIR = '/var/lib/apt/lists';
/** Nothing that somebody uses is removed to make room. */
const INSTALL_OPTIONS = ['-y', '--no-install-recommends', '--no-remove'];
const PROGRAM_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** What `proa up` needs on a Debian machine. */
export const RUNTIME_PACKAGES = [
  'containerd',
  'runc',
  'containernetworking-plugins',
  'nftables',
  'iproute2',
];

/** A program of each package, by name, or every path it may have. */
const PROGRAMS = {
  containerd: ['containerd'],
  runc: ['runc'],
  'containernetworking-plugins': [
    '/usr/lib/cni/bridge',
    '/opt/cni/bin/bridge',
    '/usr/libexec/cni/bridge',
  ],
  nftables: ['nft'],
  iproute2: ['ip'],
};

/**
 * Installs those of `names` that are not there yet, with one printed line a package. Services
 * that the packages bring are kept from starting: Proa runs its own processes.
 *
 * @param {readonly string[]} names Debian package names
 * @param {(line: string) => void} print
 * @returns {string[]} what has been installed
 * @throws {Error} in one sentence: not root, not Debian, or apt's own complaint
 */
export function ensurePackages(names, print = console.log) {
  const missing = missingPackages(names);
  if (missing.length === 0) return [];
  const list = missing.join(', ');
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Error(`missing ${list}, and this machine has no apt-get to install them with`);
  }
  if (process.getuid?.() !== 0) throw new Error(`missing ${list}: installing them needs root`);
  for (const name of missing) print(`installing Debian package ${name}`);
  withServicesHeld(() => install(missing));
  const still = missingPackages(names);
  if (still.length > 0) throw new Error(`apt-get did not install ${still.join(', ')}`);
  return missing;
}

/**
 * @param {readonly string[]} names
 * @returns {string[]} those of which neither package nor program is there
 */
export function missingPackages(names) {
  // A program that came another way (containerd from Docker's packages, say) serves as well, and
  // installing Debian's would remove what brought it.
  const absent = names.filter((name) => !(PROGRAMS[name] ?? []).some(hasProgram));
  if (absent.length === 0) return absent;
  const query = spawnSync(
    'dpkg-query',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own format fields.
    ['--show', '--showformat=${Package} ${db:Status-Status}\n', ...names],
    { encoding: 'utf8' },
  );
  const installed = new Set(
    (query.stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return absent.filter((name) => !installed.has(name));
}

/** @param {string} program a name, looked for where root's programs lie, or a path */
function hasProgram(program) {
  if (program.startsWith('/')) return existsSync(program);
  const folders = [...(process.env.PATH ?? '').split(':'), ...PROGRAM_FOLDERS];
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

/** @param {string[]} names */
function install(names) {
  // Fresh machines and images ship without package lists; an old list may name files that are gone.
  if (!hasLists()) aptGet(['update']);
  const first = tryAptGet(['install', ...INSTALL_OPTIONS, ...names]);
  if (first.status === 0) return;
  aptGet(['update']);
  aptGet(['install', ...INSTALL_OPTIONS, ...names]);
}

function hasLists() {
  return existsSync(LISTS_DIR) && readdirSync(LISTS_DIR).some((file) => file.includes('_Packages'));
}

/** @param {string[]} args */
function aptGet(args) {
  const result = tryAptGet(args);
  if (result.status === 0) return;
  const lines = `${result.stderr ?? ''}`.trim().split('\n');
  const complaint = lines.find((line) => line.startsWith('E:')) ?? lines.at(-1) ?? '';
  throw new Error(`apt-get ${args[0]} failed: ${complaint || result.error?.message}`);
}

/** @param {string[]} args */
function tryAptGet(args) {
  return spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/**
 * invoke-rc.d asks policy-rc.d before it starts a service (Debian policy 9.3.3.2), with systemd
 * too. A policy that somebody else put there stays.
 *
 * @param {() => void} work
 */
function withServicesHeld(work) {
  if (existsSync(POLICY_FILE)) return work();
  writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n');
  chmodSync(POLICY_FILE, 0o755);
  try {
    work();
  } finally {
    rmSync(POLICY_FILE, { force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const names = process.argv.slice(2);
    ensurePackages(names.length > 0 ? names : RUNTIME_PACKAGES);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
