import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
  return { folder, marks: [folder, id], links };
}

/** What of a cluster is still there: processes, mounts, links, nft tables, folders, sockets. */
export function leftoversOf({ folder, marks, links }: Traces): string[] {
  const isOwn = (text: string) => marks.some((mark) => text.includes(mark));
  const { state } = containerdLayout(folder);
  return [
    // A container's process has its own words; the control group that it cannot leave tells whose
    // it is. The number of its network namespace does not: the next one on the machine has it.
    ...processesNow()
      .filter(({ pid, command, groups }) => pid !== process.pid && isOwn(command + groups))
      .map(({ pid, command }) => `process ${pid} ${command}`),
    ...mountsNow()
      .filter(isOwn)
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
  /** Its control groups, as /proc shows them. */
  readonly groups: string;
}

/** Every process; what ends meanwhile is left out. */
function processesNow(): ProcessNow[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const stat = textOf(`/proc/${name}/stat`);
    const isGone = stat === '' || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
    if (isGone) return [];
    const command = textOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
    return [{ pid: Number(name), command, groups: textOf(`/proc/${name}/cgroup`) }];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
