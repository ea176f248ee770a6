import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Home } from '../../../src/cli/home.ts';
import type { PersistentVolume, Pod } from '../../../src/generated/types.ts';
import { containerdLayout } from '../../../src/host/containerd/layout.ts';
import { runCommand } from '../../harness/run-command.ts';

const UID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

interface Item {
  readonly id: string;
  readonly kind: 'sandbox' | 'container';
  readonly uid: string;
  /** The container's name; '' for a sandbox. */
  readonly name: string;
  readonly runs: boolean;
  /** Path of the network namespace. */
  readonly network: string;
}

/** What is read of `ctr containers info`. */
interface Info {
  readonly ID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Spec: {
    readonly linux?: { readonly namespaces?: readonly { type: string; path?: string }[] };
  };
}

/** What the API says should be on the node. */
export interface Wanted {
  readonly pods: readonly Pod[];
  readonly volumes: readonly PersistentVolume[];
}

/**
 * Where the node differs from what the API wants of it, a line each: containers that run twice, not
 * at all, or for nobody; mounts, folders, links, addresses, ports, control groups of nobody.
 *
 * @param wanted pods that run and none that is about to go
 */
export async function discrepancies(home: Home, wanted: Wanted): Promise<string[]> {
  const layout = containerdLayout(home.folder);
  const items = await itemsOf(layout.socket);
  const uids = new Set(wanted.pods.map(({ metadata }) => metadata.uid ?? ''));
  const sandboxes = new Set(items.filter(({ kind }) => kind === 'sandbox').map(({ id }) => id));
  const running = items.filter(({ kind, runs }) => kind === 'sandbox' && runs).length;
  const volumes = new Set(wanted.volumes.map(({ metadata }) => metadata.name));
  const addresses = namesIn(join(layout.ipam, layout.bridge)).filter((name) => /^\d+\./.test(name));
  const networks = new Set(items.filter(({ runs }) => runs).map(({ network }) => network));
  const links = linksOf(layout.bridge);
  return [
    ...items.filter(({ uid }) => !uids.has(uid)).map((item) => `nobody's ${say(item)}`),
    ...wanted.pods.flatMap((pod) => differencesOf(pod, items)),
    ...ofOthers(namesIn(join(home.folder, 'pods')), uids).map((name) => `pod folder ${name}`),
    ...ofOthers(
      mounts().filter((line) => line.includes(`${home.folder}/pods`)),
      uids,
    ).map((line) => `mount ${line}`),
    ...ofOthers(cgroupsOf(layout.id), uids).map((path) => `control group ${path}`),
    ...namesIn(join(home.folder, 'volumes'))
      .filter((name) => !volumes.has(name.split('_')[0]))
      .map((name) => `volume folder ${name}`),
    ...addresses
      .map((name) => textOf(join(layout.ipam, layout.bridge, name)).split(/\s/)[0] ?? '')
      .filter((id) => id !== '' && !sandboxes.has(id))
      .map((id) => `address of ${id}`),
    ...namesIn(layout.hostPorts)
      .filter((id) => !sandboxes.has(id))
      .map((id) => `host port of ${id}`),
    ...(links === running ? [] : [`${links} links for ${running} sandboxes`]),
    ...mounts()
      .filter((line) => line.includes(`/run/proa-${layout.id}`) && line.includes(' net:['))
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => !networks.has(path))
      .map((path) => `network ${path} of ${items.find(({ network }) => network === path)?.id}`),
  ];
}

/** Each container of a pod must run, once, in the one sandbox that runs; of a failed one, none. */
function differencesOf(pod: Pod, items: readonly Item[]): string[] {
  const own = items.filter(({ uid, runs }) => uid === pod.metadata.uid && runs);
  const isOver = pod.status?.phase === 'Failed';
  const names = ['', ...pod.spec.containers.map(({ name }) => name)];
  return names.flatMap((name) => {
    const count = own.filter((item) => item.name === name).length;
    const what = name === '' ? 'sandboxes' : `containers ${name}`;
    return count === (isOver ? 0 : 1) ? [] : [`pod ${pod.metadata.name} has ${count} ${what}`];
  });
}

function say({ kind, id, uid, name, runs }: Item): string {
  return `${kind} ${id} ${name} of ${uid}${runs ? ', running' : ''}`;
}

/** Of texts that name a pod by its uid, those of pods that are not wanted. */
function ofOthers(texts: readonly string[], uids: ReadonlySet<string>): string[] {
  return texts.filter((text) => !uids.has(UID.exec(text)?.[0] ?? ''));
}

async function itemsOf(socket: string): Promise<Item[]> {
  const ctr = async (...args: string[]) => {
    const all = ['--address', socket, '--namespace', 'k8s.io', ...args];
    const { code, stdout, stderr } = await runCommand('ctr', all);
    if (code !== 0) throw new Error(`ctr ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const tasks = (await ctr('tasks', 'list')).split('\n').map((line) => line.split(/\s+/));
  const running = new Set(tasks.filter((row) => row[2] === 'RUNNING').map(([id]) => id));
  const ids = (await ctr('containers', 'list', '-q')).split('\n').filter((id) => id !== '');
  const infos = await Promise.all(
    // What has gone since the list was made is nowhere any more.
    ids.map((id) => ctr('containers', 'info', id).catch(() => undefined)),
  );
  return infos.flatMap((info): Item[] => {
    if (info === undefined) return [];
    const { ID, Labels, Spec } = JSON.parse(info) as Info;
    return [
      {
        id: ID,
        kind: Labels['io.cri-containerd.kind'] === 'sandbox' ? 'sandbox' : 'container',
        uid: Labels['io.kubernetes.pod.uid'] ?? '',
        name: Labels['io.kubernetes.container.name'] ?? '',
        runs: running.has(ID),
        network: Spec.linux?.namespaces?.find(({ type }) => type === 'network')?.path ?? '',
      },
    ];
  });
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function mounts(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
}

function linksOf(bridge: string): number {
  const args = ['-json', 'link', 'show', 'master', bridge];
  const { stdout } = spawnSync('ip', args, { encoding: 'utf8' });
  return (JSON.parse(stdout || '[]') as { ifname?: string }[]).filter((one) => one.ifname).length;
}

/** Control groups that name a pod, in any hierarchy and at any depth. */
function cgroupsOf(id: string): string[] {
  const roots = namesIn('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name, `proa-${id}`));
  const all = [join('/sys/fs/cgroup', `proa-${id}`), ...roots].filter(existsSync);
  const below = (folder: string): string[] =>
    foldersIn(folder).flatMap((name) => [join(folder, name), ...below(join(folder, name))]);
  return all.flatMap(below).filter((path) => UID.test(path));
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // It went while its parent was read.
    return [];
  }
}

/** The text of a file; '' when it has gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
