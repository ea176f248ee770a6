import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserveFile } from '../../../src/host/disk-reserve.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { type FaultCluster, facts, smallDiskCluster } from './fault-cluster.ts';

/** All of the cluster lies on it: store, containerd and volumes. */
const DISK_MB = 320;
/** A look every 10 s, and what containerd cannot note at once it tries again with a back-off. */
const RECOVERY_MS_MAX = 120_000;
const MOUNT = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
const VOLUME = { volumes: [{ name: 'data', emptyDir: {} }] };

describe.each([
  ['goes on writing', 'while :; do cat /dev/zero >> /data/file; sleep 0.2; done'],
  ['fails then', 'cat /dev/zero > /data/file'],
])('a disk on which all of the cluster lies, filled by a pod that %s', (_, script) => {
  let own: FaultCluster;

  beforeAll(async () => {
    own = await smallDiskCluster('filled', DISK_MB);
  });
  afterAll(() => own.close());

  it('has room again by itself, and other pods stay', async () => {
    const { cluster, lab } = own;
    const { folder } = cluster.home;
    await lab.createPod('neighbour', { args: ['sleep', '3600'] });
    const neighbour = await lab.waitForReady('neighbour');
    await waitUntil('room is kept', RECOVERY_MS_MAX, () => existsSync(reserveFile(folder)));
    const main = { args: ['sh', '-c', script], ...MOUNT };
    const { metadata } = await lab.createPod('fills', main, { ...VOLUME, restartPolicy: 'Never' });
    await lab.waitForPhase('fills', 'Failed', RECOVERY_MS_MAX);
    const volumes = join(folder, 'pods', metadata.uid ?? '', 'volumes');
    await waitUntil('its room is there again', RECOVERY_MS_MAX, () => {
      const { bavail, blocks } = statfsSync(folder);
      return bavail / blocks > 0.4 && !existsSync(volumes);
    });
    await lab.kubectl.ok('create', 'configmap', 'after', '--from-literal=a=b');
    expect(facts([(await lab.pod('neighbour'))!])).toEqual(facts([neighbour]));
    await waitUntil('room is kept again', RECOVERY_MS_MAX, () => existsSync(reserveFile(folder)));
  });
});
