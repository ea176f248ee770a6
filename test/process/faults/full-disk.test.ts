import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../harness/wait-until.ts';
import { type FaultCluster, facts, faultCluster, podsOf } from './fault-cluster.ts';

/** Folders of the home that get a small disk of their own, and its size. */
const DISKS = { store: '16m', pods: '4m', 'containerd/root': '64m' } as const;
const BLOCK = Buffer.alloc(4_096);
const RETRY_MS = 90_000;
const SLEEP = { args: ['sleep', '3600'] };

describe('a full disk', () => {
  let own: FaultCluster;

  beforeAll(async () => {
    own = await faultCluster('full-disk', ({ home }) => {
      for (const [folder, size] of Object.entries(DISKS)) {
        const path = join(home.folder, folder);
        mkdirSync(path, { recursive: true, mode: 0o711 });
        const mount = ['-t', 'tmpfs', '-o', `size=${size},mode=0711`, 'tmpfs', path];
        expect(spawnSync('mount', mount).status).toBe(0);
      }
    });
  });
  afterAll(() => own?.close());

  const filler = (folder: keyof typeof DISKS) => join(own.cluster.home.folder, folder, 'filler');

  /** Writes until there is no room, not even for a byte. */
  function fill(folder: keyof typeof DISKS): void {
    const file = openSync(filler(folder), 'w');
    try {
      for (;;) writeSync(file, BLOCK);
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    } finally {
      closeSync(file);
    }
  }

  afterEach(() => {
    for (const folder of Object.keys(DISKS)) makeRoom(folder as keyof typeof DISKS);
  });

  const makeRoom = (folder: keyof typeof DISKS) => rmSync(filler(folder), { force: true });

  /** Waits for an event that says why a pod does not start. */
  async function untilTold(name: string): Promise<void> {
    await waitUntil('an event tells', RETRY_MS, async () =>
      (await own.lab.events(name)).some(
        ({ type, message = '' }) => type === 'Warning' && /no space left on device/i.test(message),
      ),
    );
  }

  it('of the store: writers are told, readers and pods go on, and it goes on by itself', async () => {
    const { lab } = own;
    await lab.createPod('runs', SLEEP);
    await lab.waitForReady('runs');
    const before = facts(await podsOf(lab));
    fill('store');
    lab.file('big', 'x'.repeat(100_000));
    const big = '--from-file=big';
    const said = await waitUntil('a write fails', 30_000, async () => {
      const name = `big-${Date.now()}`;
      const { code, stderr } = await lab.kubectl.run(['create', 'configmap', name, big]);
      return code !== 0 && stderr;
    });
    expect(said).toMatch(
      /the store is read-only until it succeeds again: .*No space left on device/,
    );
    expect(await lab.kubectl.ok('get', 'pods')).toMatch(/runs +1\/1 +Running/);
    expect(await lab.kubectl.ok('exec', 'runs', '--', 'echo', 'on')).toBe('on\n');

    makeRoom('store');
    await lab.kubectl.ok('create', 'configmap', 'after', big);
    await lab.createPod('after', SLEEP);
    await lab.waitForReady('after');
    expect(facts(await podsOf(lab))).toEqual(expect.arrayContaining([...before]));
    // And it is on disk.
    await own.cluster.down();
    await own.cluster.up();
    expect(await lab.kubectl.ok('get', 'configmap', 'after', '-o', 'name')).toBe(
      'configmap/after\n',
    );
  });

  it('of images: an event tells, and the pod starts when there is room', async () => {
    const { lab } = own;
    fill('containerd/root');
    await lab.createPod('pulls', { image: 'nginx:1.7.9' });
    await untilTold('pulls');
    makeRoom('containerd/root');
    await lab.waitForReady('pulls', RETRY_MS);
  });

  it("of pods' files: an event tells, and the pod starts when there is room", async () => {
    const { lab } = own;
    fill('pods');
    await lab.kubectl.ok('create', 'configmap', 'big', '--from-file=big');
    const volumes = [{ name: 'big', configMap: { name: 'big' } }];
    const volumeMounts = [{ name: 'big', mountPath: '/big' }];
    await lab.createPod('mounts', { ...SLEEP, volumeMounts }, { volumes });
    await untilTold('mounts');
    makeRoom('pods');
    await lab.waitForReady('mounts', RETRY_MS);
  });
});
