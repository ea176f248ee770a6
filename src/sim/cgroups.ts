import type { CgroupLimits, Cgroups, CgroupUsage } from '../kubelet/edges.ts';

/** Control groups of a simulated node: what they were set to, and what a test says they use. */
export class SimCgroups implements Cgroups {
  readonly isUnified = false;
  readonly groups = new Map<string, CgroupLimits>();
  readonly usages = new Map<string, CgroupUsage>();
  /** Every group that is to be set is refused with it until it is '' again. */
  failure = '';

  set(path: string, limits: CgroupLimits): Promise<void> {
    if (this.failure !== '') return Promise.reject(new Error(this.failure));
    this.groups.set(path, { ...this.groups.get(path), ...limits });
    return Promise.resolve();
  }

  remove(path: string): Promise<void> {
    for (const group of [...this.groups.keys()]) {
      if (group === path || group.startsWith(`${path}/`)) this.groups.delete(group);
    }
    return Promise.resolve();
  }

  kill(): Promise<void> {
    return Promise.resolve();
  }

  list(path: string): Promise<readonly string[]> {
    const below = [...this.groups.keys()]
      .filter((group) => group.startsWith(`${path}/`))
      .map((group) => group.slice(path.length + 1).split('/')[0] ?? '');
    return Promise.resolve([...new Set(below)]);
  }

  usage(path: string): Promise<CgroupUsage | null> {
    return Promise.resolve(this.usages.get(path) ?? null);
  }
}
