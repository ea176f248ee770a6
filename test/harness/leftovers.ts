import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { containerdLayout } from '../../src/host/containerd/layout.ts';

/** What tells one cluster's things on the machine from everybody else's. */
export interface Traces {
  readonly folder: string;
  /** Words that its paths, links, tables and command lines hold. */
  readonly marks: readonly string[];
  /** Links of its pods, which have names of their own. */
  readonly links: readonly string[];
  /** Inode numbers of its pods' network namespaces. */
  readonly networks: readonly string[];
}

interface Link {
  readonly ifname: string;
  readonly master?: string;
}

/** Takes down what a cluster has now. */
export function tracesOf(folder: string): Traces {
  const { id, bridge } = containerdLayout(folder);
  const links = linksNow()
    .filter(({ ifname, master }) => ifname === bridge || master === bridge)
    .map(({ ifname }) => ifname);
  const networks = processesNow()
    .filter(({ parentCommand }) => parentCommand.includes(`proa-${id}`))
    .map(({ network }) => network)
    .filter((network) => network !== '' && network !== networkOf('self'));
  return { folder, marks: [folder, id], links, networks: [...new Set(networks)] };
}

/** What of a cluster is still there: processes, mounts, links, nft tables, folders, sockets. */
export function leftoversOf({ folder, marks, links, networks }: Traces): string[] {
  const isOwn = (text: string) => marks.some((mark) => text.includes(mark));
  const { state } = containerdLayout(folder);
  return [
    ...processesNow()
      .filter(({ pid, command }) => pid !== process.pid && isOwn(command))
      .map(({ pid, command }) => `process ${pid} ${command}`),
    ...processesNow()
      .filter(({ network }) => networks.includes(network))
      .map(({ pid, command }) => `container process ${pid} ${command}`),
    ...mountsNow()
      .filter((line) => isOwn(line) || networks.some((network) => line.includes(network)))
      .map((line) => `mount ${line}`),
    ...linksNow()
      .filter(({ ifname }) => isOwn(ifname) || links.includes(ifname))
      .map(({ ifname }) => `link ${ifname}`),
    ...tablesNow()
      .filter(isOwn)
      .map((line) => `nft ${line}`),
    ...cgroupsNow(marks).map((path) => `cgroup ${path}`),
    ...[dirname(state), folder].filter(existsSync).map((path) => `folder ${path}`),
    ...readdirSync(tmpdir())
      .filter((name) => marks.slice(1).some((mark) => name.includes(mark)))
      .map((name) => `file ${join(tmpdir(), name)}`),
  ];
}

function linksNow(): Link[] {
  const { stdout } = spawnSync('ip', ['-json', 'link', 'show'], { encoding: 'utf8' });
  return stdout ? (JSON.parse(stdout) as Link[]) : [];
}

function tablesNow(): string[] {
  const { stdout } = spawnSync('nft', ['list', 'tables'], { encoding: 'utf8' });
  return (stdout ?? '').split('\n');
}

function mountsNow(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
}

/** Control groups of pods lie under a folder that names the cluster. */
function cgroupsNow(marks: readonly string[]): string[] {
  const root = '/sys/fs/cgroup';
  if (!existsSync(root)) return [];
  const controllers = [
    '',
    ...readdirSync(root).filter((name) => existsSync(join(root, name, '.'))),
  ];
  return controllers.flatMap((controller) => {
    const folder = join(root, controller);
    return readdirSync(folder)
      .filter((name) => marks.some((mark) => name.includes(mark)))
      .map((name) => join(folder, name));
  });
}

interface ProcessNow {
  readonly pid: number;
  readonly command: string;
  readonly parentCommand: string;
  /** As `net:[4026532256]`. */
  readonly network: string;
}

/** Every process; what ends meanwhile is left out. */
function processesNow(): ProcessNow[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || parent === undefined) return [];
      const command = commandOf(name);
      const parentCommand = commandOf(parent);
      return [{ pid: Number(name), command, parentCommand, network: networkOf(name) }];
    } catch {
      return [];
    }
  });
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function networkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}
