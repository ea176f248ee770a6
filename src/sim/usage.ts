import type { DiskUnit, NodeUsage, PodDisk, PodDiskUsage, UsageSource } from '../kubelet/edges.ts';

const GIB = 2 ** 30;
const DISK = {
  capacityBytes: 100 * GIB,
  usedBytes: 20 * GIB,
  availableBytes: 80 * GIB,
  inodes: 1_000_000,
  inodesFree: 900_000,
};

/** A simulated node's use of itself: what a test says. */
export class SimUsage implements UsageSource {
  now: NodeUsage = {
    cpuNanos: 0,
    workingSetBytes: GIB,
    nodefs: DISK,
    imagefs: DISK,
    processes: 100,
    processesMax: 32_768,
  };
  /** Bytes by `POD NAME/volume/NAME`, `POD NAME/layer/NAME` and `POD NAME/log/NAME`. */
  readonly bytes = new Map<string, number>();
  /** Files and folders, in the same way. */
  readonly inodes = new Map<string, number>();
  /** How often disks were measured. */
  walks = 0;

  node(): Promise<NodeUsage> {
    return Promise.resolve(this.now);
  }

  disks(pods: readonly PodDisk[], unit: DiskUnit): Promise<readonly PodDiskUsage[]> {
    this.walks++;
    const amounts = this[unit];
    const measured = pods.map(({ pod, volumes, containers }) => {
      const names = containers.map(({ name }) => name);
      const bytesOf = (part: string, parts: readonly string[]) =>
        new Map(parts.map((name) => [name, amounts.get(`${pod.name}/${part}/${name}`) ?? 0]));
      return {
        volumes: bytesOf('volume', volumes),
        layers: bytesOf('layer', names),
        logs: bytesOf('log', names),
      };
    });
    return Promise.resolve(measured);
  }
}
