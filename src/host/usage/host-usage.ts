import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type {
  Cgroups,
  DiskUnit,
  FileSystemUsage,
  NodeUsage,
  PodDisk,
  PodDiskUsage,
  UsageSource,
} from '../../kubelet/edges.ts';
import { diskUsage } from './disk-usage.ts';
import { podFolders, upperFolders } from './pod-folders.ts';
import { cpuNanosFrom, workingSetFrom } from './proc-usage.ts';

/** Measures this machine and the folders of its pods. */
export class HostUsage implements UsageSource {
  readonly #home: string;
  readonly #cgroups: Cgroups;
  readonly #layerOf: (containerId: string) => Promise<string | undefined>;

  /**
   * @param home absolute path of the cluster's folder
   * @param layerOf the folder of what a container wrote that does not run
   */
  constructor(
    home: string,
    cgroups: Cgroups,
    layerOf: (containerId: string) => Promise<string | undefined>,
  ) {
    this.#home = home;
    this.#cgroups = cgroups;
    this.#layerOf = layerOf;
  }

  async node(): Promise<NodeUsage> {
    const [used, disk] = await Promise.all([this.#processorsAndMemory(), fileSystem(this.#home)]);
    const running = /\/(\d+)/.exec(read('/proc/loadavg'))?.[1];
    const limits = ['pid_max', 'threads-max'].map((name) => read(`/proc/sys/kernel/${name}`));
    return {
      ...used,
      // containerd keeps images and containers below the same folder.
      nodefs: disk,
      imagefs: disk,
      processes: Number(running ?? 0),
      processesMax: Math.min(...limits.map(Number)),
    };
  }

  async disks(pods: readonly PodDisk[], unit: DiskUnit): Promise<readonly PodDiskUsage[]> {
    const folders = podFolders(this.#home, await this.#uppers(pods));
    const wanted = pods.map((pod) => folders(pod));
    const paths = wanted.flatMap((one) => Object.values(one).flatMap((part) => [...part.values()]));
    const amounts = await diskUsage(paths, unit);
    const measured = (part: ReadonlyMap<string, string>) =>
      new Map(
        [...part].flatMap(([name, path]) => {
          const found = amounts.get(path);
          return found === undefined ? [] : [[name, found] as const];
        }),
      );
    return wanted.map(({ volumes, layers, logs }) => ({
      volumes: measured(volumes),
      layers: measured(layers),
      logs: measured(logs),
    }));
  }

  /** The mounts tell it of containers that run, the runtime of the others. */
  async #uppers(pods: readonly PodDisk[]): Promise<ReadonlyMap<string, string>> {
    const uppers = new Map(upperFolders(read('/proc/self/mountinfo')));
    for (const { id } of pods.flatMap(({ containers }) => containers)) {
      const upper = uppers.has(id) ? undefined : await this.#layerOf(id);
      if (upper !== undefined) uppers.set(id, upper);
    }
    return uppers;
  }

  /** Of the control group of all where there is one: in a container, that is what counts. */
  async #processorsAndMemory(): Promise<{ cpuNanos: number; workingSetBytes: number }> {
    const root = await this.#cgroups.usage('/');
    if (root !== null) return { cpuNanos: root.cpuNanos, workingSetBytes: root.workingSetBytes };
    return {
      cpuNanos: cpuNanosFrom(read('/proc/stat')),
      workingSetBytes: workingSetFrom(read('/proc/meminfo')),
    };
  }
}

async function fileSystem(path: string): Promise<FileSystemUsage> {
  const { bsize, blocks, bavail, bfree, files, ffree } = await statfs(path);
  return {
    capacityBytes: blocks * bsize,
    usedBytes: (blocks - bfree) * bsize,
    availableBytes: bavail * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}

/** A file of the kernel's: no disk is behind it, and to ask another thread costs more. */
function read(file: string): string {
  return readFileSync(file, 'utf8');
}
