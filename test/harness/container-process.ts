import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Home } from '../../src/cli/home.ts';
import { containerdLayout } from '../../src/host/containerd/layout.ts';
import { commandLine, readAllStats } from '../../src/host/process-stat.ts';
import { runCommand } from './run-command.ts';

/**
 * The process id, on the machine, of a container's first process: what `kubectl exec` would reach
 * from inside. containerd is asked, over the cluster's own socket.
 *
 * @param containerID as in the pod's status: `containerd://5f0c...`
 * @throws when it does not run
 */
export async function containerPid(home: Home, containerID: string): Promise<number> {
  const { socket } = containerdLayout(home.folder);
  const id = containerID.replace('containerd://', '');
  const args = ['--address', socket, '--namespace', 'k8s.io', 'tasks', 'list'];
  const { stdout, stderr } = await runCommand('ctr', args);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const pid = Number(rows.find(([name]) => name === id)?.[1]);
  if (pid > 0) return pid;
  throw new Error(`no process of container ${id}: ${stdout}${stderr}`);
}

/**
 * The environment that a container was made with, as containerd knows it: programs such as nginx
 * write over their own.
 *
 * @param containerID as in the pod's status
 */
export async function containerEnvironment(home: Home, containerID: string): Promise<string[]> {
  const { socket } = containerdLayout(home.folder);
  const id = containerID.replace('containerd://', '');
  const args = ['--address', socket, '--namespace', 'k8s.io', 'containers', 'info', id];
  const { stdout } = await runCommand('ctr', args);
  return (JSON.parse(stdout) as { Spec: { process: { env: string[] } } }).Spec.process.env;
}

/** Whether a process is there; one that only waits for its parent to notice its end is not. */
export function isProcessAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Ids of the living processes in the pid namespace of `pid`: all of one container. */
export function processesBeside(pid: number): number[] {
  return processesIn('pid', pid);
}

/** Ids of the processes that connect to ports of the pod of `pid` on behalf of a daemon. */
export function dialersInto(pid: number): number[] {
  return processesIn('net', pid).filter((other) => commandLineOf(other) === 'proa-dial');
}

/** Ends of connections to a port that stand, or half stand, in the network of `pid`. */
export function connectionsIn(pid: number, port: number): number {
  // Established, waiting for the end of either side, or for the process to close.
  return socketsIn(pid, port).filter((state) => ['01', '04', '05', '08'].includes(state)).length;
}

/** Whether somebody listens at a port in the network of `pid`. */
export function isListening(pid: number, port: number): boolean {
  return socketsIn(pid, port).includes('0A');
}

/** The states, as the kernel numbers them, of sockets one of whose ends has this port. */
function socketsIn(pid: number, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote]) => local?.endsWith(end) || remote?.endsWith(end))
    .map(([, , , state = '']) => state);
}

function processesIn(kind: 'pid' | 'net', pid: number): number[] {
  const namespace = namespaceOf(kind, pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => namespaceOf(kind, other) === namespace && isProcessAlive(other));
}

/** The command line of a process, words split by blanks. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** How many processors the cgroup of a process lets it use; 0 for no limit. Of either version. */
export function cpuQuotaOf(pid: number): number {
  const read = (file: string) => readFileSync(file, 'utf8').trim();
  const groups = read(`/proc/${pid}/cgroup`).split('\n');
  const old = groups.find((line) => /^\d+:(\w+,)*cpu(,\w+)*:/.test(line));
  if (old === undefined) {
    const [quota = '', period = ''] = read(`/sys/fs/cgroup${groups[0]?.slice(3)}/cpu.max`).split(
      ' ',
    );
    return quota === 'max' ? 0 : Number(quota) / Number(period);
  }
  const [, controllers = '', path = ''] = old.split(':');
  const folder = `/sys/fs/cgroup/${controllers}${path}`;
  const quota = Number(read(`${folder}/cpu.cfs_quota_us`));
  return quota < 0 ? 0 : quota / Number(read(`${folder}/cpu.cfs_period_us`));
}

function namespaceOf(kind: 'pid' | 'net', pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return null;
  }
}

/** How many living processes on the machine are `sleep SECONDS`. */
export function sleepers(seconds: string): number {
  return readAllStats().filter(({ pid, zombie }) => {
    const [program, argument] = commandLine(pid);
    return !zombie && program === 'sleep' && argument === seconds;
  }).length;
}
