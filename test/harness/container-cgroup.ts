import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hierarchyOf, machineCgroupLayout } from '../../src/host/cgroups/cgroup-layout.ts';

/** Files of the control groups that a process is in, whichever version the machine has. */
export class ContainerCgroup {
  readonly #groups: string;

  /** @param pid of a container's process, on this machine */
  constructor(pid: number) {
    this.#groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  }

  /** Where a controller's group of the container lies, without its tree's mount point. */
  path(controller: string): string {
    const lines = this.#groups.split('\n').map((line) => line.split(':'));
    const own = lines.find(([, names = '']) => names.split(',').includes(controller));
    return (own ?? lines.find(([id]) => id === '0'))?.[2] ?? '';
  }

  /** What the container itself is limited to. */
  limits(): Limits {
    return this.#read((controller) => this.path(controller));
  }

  /** What its pod is limited to. */
  podLimits(): Limits {
    return this.#read((controller) => dirname(this.path(controller)));
  }

  #read(pathOf: (controller: string) => string): Limits {
    const read = (controller: string, file: string) => {
      const hierarchy = hierarchyOf(machineCgroupLayout(), controller);
      return readFileSync(join(hierarchy?.mount ?? '', pathOf(controller), file), 'utf8').trim();
    };
    const isUnified = hierarchyOf(machineCgroupLayout(), 'memory')?.version === 2;
    if (isUnified) {
      const [quota = ''] = read('cpu', 'cpu.max').split(' ');
      return { weight: read('cpu', 'cpu.weight'), quota, memory: read('memory', 'memory.max') };
    }
    return {
      weight: read('cpu', 'cpu.shares'),
      quota: read('cpu', 'cpu.cfs_quota_us'),
      memory: read('memory', 'memory.limit_in_bytes'),
    };
  }
}

/** As the kernel has them: shares with cgroups v1, a weight with v2. */
export interface Limits {
  readonly weight: string;
  readonly quota: string;
  readonly memory: string;
}
