import {
  chmod,
  chown,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { LogReadOptions, PodFiles, ProjectedContent } from '../../kubelet/edges.ts';
import { runCommand } from '../command.ts';
import { mountsUnder, unmountUnder } from '../containerd/mounts.ts';
import { Mounter } from './mounter.ts';
import { projectVolume } from './projected-volume.ts';
import { readLog } from './read-log.ts';
import { rotatedLogs, rotateLog } from './rotate-log.ts';

interface PodId {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

/** A pod's uid names a folder. */
const UID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const isUid = (name: string) => UID.test(name);

/**
 * The pods' files under a cluster's folder: `pods/UID/...` as upstream has them under
 * /var/lib/kubelet, logs in `logs/pods/NAMESPACE_NAME_UID/CONTAINER/N.log`.
 */
export class HostPodFiles implements PodFiles {
  readonly #pods: string;
  readonly #logs: string;
  readonly #clock: Clock;
  readonly #mounter: Mounter;

  /** @param home absolute path of the cluster's folder */
  constructor(home: string, clock: Clock) {
    this.#pods = join(home, 'pods');
    this.#logs = join(home, 'logs', 'pods');
    this.#clock = clock;
    this.#mounter = new Mounter(clock);
  }

  /** Ends what runs in the background for it. */
  close(): void {
    this.#mounter.close();
  }

  async preparePod(pod: PodId): Promise<string> {
    await mkdir(this.#pod(pod.uid), { recursive: true, mode: 0o750 });
    const logs = this.#podLogs(pod);
    await mkdir(logs, { recursive: true, mode: 0o755 });
    return logs;
  }

  async emptyDir(
    uid: string,
    volume: string,
    options: { medium: string; sizeLimitBytes?: number; fsGroup?: number },
  ): Promise<string> {
    const path = join(this.#pod(uid), 'volumes', 'kubernetes.io~empty-dir', volume);
    assert(!volume.includes('/'), 'a volume has a plain name');
    const known = await stat(path).catch(() => null);
    if (known === null) await mkdir(path, { recursive: true, mode: 0o750 });
    const mounted = options.medium === 'Memory' && mountsUnder(path).includes(path);
    if (options.medium === 'Memory' && !mounted) {
      const size = options.sizeLimitBytes;
      const limit = size === undefined ? [] : ['-o', `size=${size}`];
      await runCommand('mount', ['-t', 'tmpfs', ...limit, 'tmpfs', path]);
    } else if (known !== null) {
      return path;
    }
    // mkdir's mode passes through the umask; anybody in the pod may write here.
    await chmod(path, 0o777);
    if (options.fsGroup !== undefined) {
      await chown(path, (await stat(path)).uid, options.fsGroup);
      await chmod(path, 0o2777);
    }
    return path;
  }

  projectFiles(uid: string, volume: string, content: ProjectedContent): Promise<string> {
    const volumes = join(this.#pod(uid), 'volumes');
    return projectVolume(volumes, volume, content, this.#mounter, this.#clock.now());
  }

  async writeFile(uid: string, name: string, content: string): Promise<string> {
    const path = join(this.#pod(uid), name);
    // In place: containers that have it mounted see the change, which a new file would hide.
    await writeFile(path, content, { mode: 0o644 });
    await chmod(path, 0o644);
    return path;
  }

  readFile(uid: string, name: string): Promise<string> {
    return readFile(join(this.#pod(uid), name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
  }

  removeFile(uid: string, name: string): Promise<void> {
    return rm(join(this.#pod(uid), name), { force: true });
  }

  async terminationMessage(uid: string, container: string, attempt: number): Promise<string> {
    const folder = join(this.#pod(uid), 'containers', container);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const path = join(folder, `termination-${attempt}`);
    await writeFile(path, '');
    // The container may run as any user.
    await chmod(path, 0o666);
    return path;
  }

  async readTail(path: string, maxBytes: number, maxLines?: number): Promise<string> {
    const file = await open(path, 'r').catch(() => null);
    if (file === null) return '';
    try {
      const { size } = await file.stat();
      const length = Math.min(size, maxBytes);
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, size - length);
      const text = buffer.subarray(0, bytesRead).toString();
      return maxLines === undefined ? text : lastLines(text, maxLines);
    } finally {
      await file.close();
    }
  }

  readLog(
    path: string,
    options: LogReadOptions,
    signal: AbortSignal,
    ended: () => boolean,
  ): AsyncIterable<Uint8Array> {
    return readLog(path, options, this.#clock, signal, ended);
  }

  rotateLog(path: string, maxBytes: number, filesMax: number): Promise<boolean> {
    return rotateLog(path, maxBytes, filesMax, this.#clock.now());
  }

  async removeLog(path: string): Promise<void> {
    for (const old of await rotatedLogs(path)) await rm(old, { force: true });
    await rm(path, { force: true });
  }

  async removeVolumes(uid: string): Promise<void> {
    // First what is held of volumes, which may lie in others of them.
    for (const part of ['volume-subpaths', 'volumes']) {
      await this.#removeFolder(join(this.#pod(uid), part));
    }
  }

  async removePod(pod: PodId): Promise<void> {
    await this.#removeFolder(this.#pod(pod.uid));
    await rm(this.#podLogs(pod), { recursive: true, force: true });
  }

  async #removeFolder(folder: string): Promise<void> {
    // Removing through a mount would remove what is mounted.
    for (const point of mountsUnder(folder)) await this.#mounter.unmount(point);
    await unmountUnder(folder);
    await rm(folder, { recursive: true, force: true });
  }

  async listPods(): Promise<readonly PodId[]> {
    const found = new Map<string, PodId>();
    // A disk of its own has more in it, such as lost+found.
    for (const uid of (await foldersIn(this.#pods)).filter(isUid)) {
      found.set(uid, { uid, name: '', namespace: '' });
    }
    for (const folder of await foldersIn(this.#logs)) {
      // Names have no underscore, so the parts are unmistakable.
      const [namespace = '', name = '', uid = ''] = folder.split('_');
      if (isUid(uid)) found.set(uid, { uid, name, namespace });
    }
    return [...found.values()];
  }

  #pod(uid: string): string {
    assert(isUid(uid), `a pod's uid names a folder: ${uid}`);
    return join(this.#pods, uid);
  }

  #podLogs(pod: PodId): string {
    return join(this.#logs, `${pod.namespace}_${pod.name}_${pod.uid}`);
  }
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

function lastLines(text: string, count: number): string {
  const lines = text.split(/(?<=\n)/);
  return lines.slice(-count).join('');
}
