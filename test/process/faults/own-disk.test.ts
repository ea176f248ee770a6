import { spawnSync } from 'node:child_process';
import { readdirSync, rmdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mountsUnder } from '../../../src/host/containerd/mounts.ts';
import { newCluster } from '../../harness/cluster.ts';
import { leftoversOf } from '../../harness/leftovers.ts';

it('a home that is a disk of its own is emptied by delete, and stays mounted', async () => {
  const cluster = await newCluster();
  const { folder } = cluster.home;
  expect(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', folder]).status).toBe(0);
  try {
    await cluster.up();
    const traces = cluster.traces();
    const { code, stderr } = await cluster.proa(['delete']);
    expect(code, stderr).toBe(0);
    expect([mountsUnder(folder), readdirSync(folder)]).toEqual([[folder], []]);
    const left = leftoversOf(traces).filter((each) => !/^(mount|folder) /.test(each));
    expect(left).toEqual([]);
  } finally {
    await cluster.proa(['delete']);
    spawnSync('umount', [folder]);
    rmdirSync(folder);
  }
});
