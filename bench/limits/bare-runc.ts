import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quantile } from '../figures.ts';
import { BENCH_IMAGE } from '../ready-pod.ts';
import type { BareNode } from './bare-node.ts';
import { runTimed } from './command-time.ts';

const STARTS = 10;
const NAMESPACES = ['pid', 'ipc', 'uts', 'mount', 'network'];

/** The median time of `runc run` of the benchmark's image, without containerd and its shim. */
export async function runcTime(node: BareNode): Promise<number> {
  const bundle = join(node.home, 'bundle');
  const rootfs = join(bundle, 'rootfs');
  await mkdir(rootfs, { recursive: true });
  const ctr = ['--address', node.layout.socket, '--namespace', 'k8s.io', 'images'];
  await runTimed('ctr', [...ctr, 'mount', BENCH_IMAGE, rootfs]);
  try {
    await writeFile(join(bundle, 'config.json'), JSON.stringify(specification()));
    const runc = ['--root', join(node.home, 'runc')];
    const times: number[] = [];
    for (let turn = 0; turn < STARTS; turn++) {
      const id = `proa-bench-${turn}`;
      times.push(await runTimed('runc', [...runc, 'run', '--detach', '--bundle', bundle, id]));
      await runTimed('runc', [...runc, 'delete', '--force', id]);
    }
    return quantile(times, 0.5);
  } finally {
    await runTimed('ctr', [...ctr, 'unmount', '--rm', rootfs]);
  }
}

function specification(): object {
  return {
    ociVersion: '1.0.2',
    process: {
      user: { uid: 0, gid: 0 },
      args: ['sleep', '600'],
      env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
      cwd: '/',
    },
    root: { path: 'rootfs', readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
    ],
    linux: { namespaces: NAMESPACES.map((type) => ({ type })) },
  };
}
