import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HostCgroups } from '../cgroups/host-cgroups.ts';
import { diskUsage } from './disk-usage.ts';
import { HostUsage } from './host-usage.ts';
import { upperFolders } from './pod-folders.ts';
import { cpuNanosFrom, workingSetFrom } from './proc-usage.ts';

const homes: string[] = [];
afterEach(() => {
  for (const folder of homes.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'proa-usage-'));
  homes.push(home);
  return home;
}

const noLayer = async () => undefined;

describe('usage of the node', () => {
  it('reads /proc as the kernel writes it', () => {
    expect(cpuNanosFrom('cpu  100 2 30 4000 50 6 7 8 9 9\ncpu0 1 1 1\n')).toBe(1_530_000_000);
    const memory =
      'MemTotal:  1000 kB\nMemFree: 300 kB\nInactive: 500 kB\nInactive(file): 200 kB\n';
    expect(workingSetFrom(memory)).toBe(500 * 1024);
  });

  it('measures this machine where it has no group of all', async () => {
    const usage = await new HostUsage(newHome(), new HostCgroups([]), noLayer).node();
    expect(usage.cpuNanos).toBeGreaterThan(0);
    expect(usage.workingSetBytes).toBeGreaterThan(0);
    expect(usage.nodefs.capacityBytes).toBeGreaterThan(usage.nodefs.availableBytes);
    expect(usage.processes).toBeGreaterThan(0);
    expect(usage.processesMax).toBeGreaterThan(usage.processes);
  });
});

describe('usage of disks', () => {
  it('measures folders, and leaves out those that are not there', async () => {
    const home = newHome();
    mkdirSync(join(home, 'a b'));
    writeFileSync(join(home, 'a b', 'file'), 'x'.repeat(100_000));
    const bytes = await diskUsage([join(home, 'a b'), join(home, 'gone')], 'bytes');
    expect([...bytes.keys()]).toEqual([join(home, 'a b')]);
    expect(bytes.get(join(home, 'a b'))).toBeGreaterThanOrEqual(100_000);
    // The folder and its file.
    const inodes = await diskUsage([join(home, 'a b')], 'inodes');
    expect(inodes.get(join(home, 'a b'))).toBe(2);
  });

  it('finds the parts of a pod', async () => {
    const home = newHome();
    const volume = join(home, 'pods/u/volumes/kubernetes.io~empty-dir/v');
    const log = join(home, 'logs/pods/ns_p_u/c');
    const layer = join(home, 'layer');
    for (const folder of [volume, log, layer]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'file'), 'x'.repeat(50_000));
    }
    const pod = { uid: 'u', name: 'p', namespace: 'ns' };
    const usage = new HostUsage(home, new HostCgroups([]), async () => layer);
    const containers = [{ name: 'c', id: 'none' }];
    const [found] = await usage.disks([{ pod, volumes: ['v', 'w'], containers }], 'bytes');
    expect(found?.volumes.get('v')).toBeGreaterThanOrEqual(50_000);
    expect(found?.volumes.has('w')).toBe(false);
    expect(found?.logs.get('c')).toBeGreaterThanOrEqual(50_000);
    // It does not run, and is mounted nowhere.
    expect(found?.layers.get('c')).toBeGreaterThanOrEqual(50_000);
  });

  it('finds the writable layer of a container among the mounts', () => {
    const id = 'ab'.repeat(32);
    const line =
      `36 25 0:40 / /run/proa-1/state/k8s.io/${id}/rootfs rw,relatime - overlay overlay ` +
      'rw,lowerdir=/s/1/fs:/s/2/fs,upperdir=/s/3/fs,workdir=/s/3/work';
    expect(upperFolders(`1 2 0:1 / / rw - ext4 x rw\n${line}\n`)).toEqual(
      new Map([[id, '/s/3/fs']]),
    );
  });
});
