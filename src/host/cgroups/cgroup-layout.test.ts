import { describe, expect, it } from 'vitest';
import { hierarchyOf, parseCgroupLayout } from './cgroup-layout.ts';

const V1 = `tmpfs /sys/fs/cgroup tmpfs ro,mode=755 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,nodev,noexec,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,nosuid,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,nosuid,xattr,name=systemd 0 0
`;
const V2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0\n';
const UNIFIED = 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n';

describe('parseCgroupLayout', () => {
  const layoutOf = (mounts: string, controllers = '') =>
    parseCgroupLayout(mounts, () => controllers);

  it('finds a tree for each controller of v1', () => {
    const layout = layoutOf(V1);
    expect(hierarchyOf(layout, 'cpu')?.mount).toBe('/sys/fs/cgroup/cpu,cpuacct');
    expect(hierarchyOf(layout, 'cpuacct')?.mount).toBe('/sys/fs/cgroup/cpu,cpuacct');
    expect(hierarchyOf(layout, 'memory')).toEqual({
      mount: '/sys/fs/cgroup/memory',
      version: 1,
      controllers: ['memory'],
    });
    expect(layout.map(({ controllers }) => controllers.at(-1))).toContain('name=systemd');
  });

  it('finds all controllers in the one tree of v2', () => {
    const layout = layoutOf(V2, 'cpuset cpu io memory pids\n');
    expect(layout).toHaveLength(1);
    expect(hierarchyOf(layout, 'memory')).toMatchObject({ mount: '/sys/fs/cgroup', version: 2 });
    expect(hierarchyOf(layout, 'cpuacct')).toBeUndefined();
  });

  it('finds each controller where it is on a hybrid host', () => {
    const layout = layoutOf(V1 + UNIFIED, 'hugetlb\n');
    expect(hierarchyOf(layout, 'memory')?.version).toBe(1);
    expect(hierarchyOf(layout, 'hugetlb')).toMatchObject({
      mount: '/sys/fs/cgroup/unified',
      version: 2,
    });
  });

  it('takes what is mounted twice once', () => {
    const again = 'cgroup /mnt/memory cgroup rw,memory 0 0\n';
    expect(layoutOf(V1 + again)).toHaveLength(3);
  });
});
