import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reserveFile } from '../../../src/host/disk-reserve.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { daemonPid, type FaultCluster, kill, smallDiskCluster } from './fault-cluster.ts';

const DISK_MB = 320;
const ROOM_MS_MAX = 60_000;

let own: FaultCluster;

beforeAll(async () => {
  own = await smallDiskCluster('filled-start', DISK_MB);
});
afterAll(() => own.close());

it('a daemon that was killed on a full disk starts again, with the room that was kept', async () => {
  const { cluster, lab } = own;
  const { folder } = cluster.home;
  const filler = join(folder, 'filler');
  await waitUntil('room is kept', ROOM_MS_MAX, () => existsSync(reserveFile(folder)));
  await kill(daemonPid(cluster));
  const { bavail, bsize } = statfsSync(folder);
  expect(() => writeFileSync(filler, Buffer.alloc(bavail * bsize + 1))).toThrow('ENOSPC');
  expect(statfsSync(folder).bavail).toBe(0);

  await cluster.up();
  rmSync(filler);
  await lab.kubectl.ok('create', 'configmap', 'after', '--from-literal=a=b');
  await waitUntil('room is kept again', ROOM_MS_MAX, () => existsSync(reserveFile(folder)));
});
