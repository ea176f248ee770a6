import { readFile, statfs } from 'node:fs/promises';
import type {
  Cgroups,
  FileSystemUsage,
  NodeUsage,
  PodDisk,
  PodDiskUsage,
  UsageSource,
} from '../../kubelet/edges.ts';
import { diskBytes } from './disk-bytes.ts';
import { podFolders } from './pod-folders.ts';
import { cpuNanosFrom, workingSetFrom } from './proc-usage.ts';

/** Measures this machine and the folders of its pods. */
export class HostUsage implements UsageSource {
  readonly #home: string;
  readonly #cgroups: Cgroups;

  /** @param home absolute path of the cluster's folder */
  constructor(home: string, cgroups: Cgroups) {
    this.#home = home;
    this.#cgroups = cgroups;
  }

  async node(): Promise<NodeUsage> {
    const [used, disk, loadAverage, pidMax, threadsMax] = await Promise.all([
      this.#processorsAndMemory(),
      fileSystem(this.#home),
      read('/proc/loadavg'),
      read('/proc/sys/kernel/pid_max'),
      read('/proc/sys/kernel/threads-max'),
    ]);
    return {
      ...used,
      // containerd keeps images and containers below the same folder.
      nodefs: disk,
      imagefs: disk,
      processes: Number(/\/(\d+)/.exec(loadAverage)?.[1] ?? 0),
      processesMax: Math.min(Number(pidMax), Number(threadsMax)),
    };
  }

  async disks(pods: readonly PodDisk[]): Promise<readonly PodDiskUsage[]> {
    const folders = podFolders(this.#home, await read('/proc/self/mountinfo'));
    const wanted = pods.map((pod) => folders(pod));
    const paths = wanted.flatMap((one) => Object.values(one).flatMap((part) => [...part.values()]));
    const bytes = await diskBytes(paths);
    const measured = (part: ReadonlyMap<string, string>) =>
      new Map(
        [...part].flatMap(([name, path]) => {
          const found = bytes.get(path);
          return found === undefined ? [] : [[name, found] as const];
        }),
      );
    return wanted.map(({ volumes, layers, logs }) => ({
      volumes: measured(volumes),
      layers: measured(layers),
      logs: measured(logs),
    }));
  }

  /** Of the control group of all where there is one: in a container, that is what counts. */
  async #processorsAndMemory(): Promise<{ cpuNanos: number; workingSetBytes: number }> {
    const root = await this.#cgroups.usage('/');
    if (root !== null) return { cpuNanos: root.cpuNanos, workingSetBytes: root.workingSetBytes };
    const [stat, memory] = await Promise.all([read('/proc/stat'), read('/proc/meminfo')]);
    return { cpuNanos: cpuNanosFrom(stat), workingSetBytes: workingSetFrom(memory) };
  }
}

async function fileSystem(path: string): Promise<FileSystemUsage> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(path);
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}

function read(file: string): Promise<string> {
  return readFile(file, 'utf8');
}
