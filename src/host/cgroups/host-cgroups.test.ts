import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cgroupWrites, cpuWeight } from './cgroup-files.ts';
import type { CgroupLayout } from './cgroup-layout.ts';
import { HostCgroups } from './host-cgroups.ts';

const LIMITS = { cpuShares: 512, cpuQuotaUs: 50_000, cpuPeriodUs: 100_000, memoryLimitBytes: 1e6 };

describe('cgroupWrites', () => {
  const shown = (...args: Parameters<typeof cgroupWrites>) =>
    cgroupWrites(...args).map(({ file, value }) => `${file}=${value}`);

  it('writes the files of v1, the period before the quota', () => {
    expect(shown(LIMITS, 1)).toEqual([
      'cpu.shares=512',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=50000',
      'memory.limit_in_bytes=1000000',
    ]);
    expect(shown({ cpuQuotaUs: -1, memoryLimitBytes: -1 }, 1)).toEqual([
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=-1',
      'memory.limit_in_bytes=-1',
    ]);
  });

  it('writes the files of v2', () => {
    expect(shown(LIMITS, 2)).toEqual([
      'cpu.weight=20',
      'cpu.max=50000 100000',
      'memory.max=1000000',
    ]);
    expect(shown({ cpuQuotaUs: -1, memoryLimitBytes: -1 }, 2)).toEqual([
      'cpu.max=max 100000',
      'memory.max=max',
    ]);
  });

  it.each([
    [2, 1],
    [1024, 39],
    [262_144, 10_000],
  ])('makes of %i shares the weight %i', (shares, weight) => {
    expect(cpuWeight(shares)).toBe(weight);
  });
});

describe('HostCgroups', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** Plain folders in the place of a machine's trees. */
  function trees(layout: (root: string) => CgroupLayout): { root: string; cgroups: HostCgroups } {
    const root = mkdtempSync(join(tmpdir(), 'proa-cgroups-'));
    folders.push(root);
    for (const { mount } of layout(root)) {
      mkdirSync(mount, { recursive: true });
      writeFileSync(join(mount, 'cgroup.subtree_control'), '');
    }
    return { root, cgroups: new HostCgroups(layout(root)) };
  }

  const v1 = (root: string): CgroupLayout =>
    ['cpu', 'cpuacct', 'memory'].map((name) => ({
      mount: join(root, name),
      version: 1,
      controllers: [name],
    }));

  it('sets each limit in the tree of its controller, and reads what is used', async () => {
    const { root, cgroups } = trees(v1);
    await cgroups.set('/proa/kubepods', LIMITS);
    const read = (file: string) => readFileSync(join(root, file), 'utf8');
    expect(read('cpu/proa/kubepods/cpu.shares')).toBe('512');
    expect(read('memory/proa/kubepods/memory.limit_in_bytes')).toBe('1000000');
    expect(existsSync(join(root, 'cpuacct/proa'))).toBe(false);
    expect(await cgroups.usage('/proa/kubepods')).toBeNull();
    mkdirSync(join(root, 'cpuacct/proa/kubepods'), { recursive: true });
    writeFileSync(join(root, 'cpuacct/proa/kubepods/cpuacct.usage'), '12\n');
    writeFileSync(join(root, 'memory/proa/kubepods/memory.usage_in_bytes'), '100\n');
    writeFileSync(
      join(root, 'memory/proa/kubepods/memory.stat'),
      'rss 5\ntotal_inactive_file 30\n',
    );
    expect(await cgroups.usage('/proa/kubepods')).toEqual({
      cpuNanos: 12,
      memoryBytes: 100,
      workingSetBytes: 70,
      processes: 0,
    });
    expect(await cgroups.list('/proa')).toEqual(['kubepods']);
  });

  it('with v2 has every ancestor hand its controllers down', async () => {
    const { root, cgroups } = trees((mount) => [
      { mount, version: 2, controllers: ['cpu', 'memory'] },
    ]);
    mkdirSync(join(root, 'proa'));
    writeFileSync(join(root, 'proa/cgroup.subtree_control'), 'cpu memory');
    await cgroups.set('/proa/kubepods', { memoryLimitBytes: 5 });
    expect(cgroups.isUnified).toBe(true);
    expect(readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory');
    expect(readFileSync(join(root, 'proa/cgroup.subtree_control'), 'utf8')).toBe('cpu memory');
    expect(readFileSync(join(root, 'proa/kubepods/memory.max'), 'utf8')).toBe('5');
    writeFileSync(join(root, 'proa/kubepods/cpu.stat'), 'usage_usec 7\nuser_usec 3\n');
    writeFileSync(join(root, 'proa/kubepods/memory.current'), '90\n');
    writeFileSync(join(root, 'proa/kubepods/memory.stat'), 'inactive_file 100\n');
    expect(await cgroups.usage('/proa/kubepods')).toMatchObject({
      cpuNanos: 7000,
      workingSetBytes: 0,
    });
  });

  it('kills what is in a group and below, and nothing of another namespace', async () => {
    const { root, cgroups } = trees(v1);
    const child = spawn('sleep', ['600']);
    const ended = once(child, 'exit');
    const folder = join(root, 'memory/proa/podA/container');
    mkdirSync(folder, { recursive: true });
    // 0 would be this process and all of its group.
    writeFileSync(join(folder, 'cgroup.procs'), `0\n${child.pid}\n`);
    await cgroups.kill('/proa/podA');
    expect(await ended).toEqual([null, 'SIGKILL']);
    await cgroups.kill('/proa/podA');
    await cgroups.kill('/none');
  });

  it('removes a group that is not there', async () => {
    const { cgroups } = trees(v1);
    await cgroups.remove('/proa');
  });
});
