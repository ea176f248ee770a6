import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { containerdLayout } from '../../../src/host/containerd/layout.ts';
import { runCommand } from '../../harness/run-command.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import { type FaultCluster, faultCluster } from './fault-cluster.ts';

const SLEEP = { args: ['sleep', '3600'] };

describe('an image that vanishes from the node', () => {
  let own: FaultCluster;

  beforeAll(async () => {
    own = await faultCluster('image-gone');
  });
  afterAll(() => own?.close());

  /** Runs ctr(1), as somebody does who makes room by hand. */
  async function ctr(...args: string[]): Promise<string> {
    const { socket } = containerdLayout(own.cluster.home.folder);
    const all = ['--address', socket, '--namespace', 'k8s.io', ...args];
    const { code, stdout, stderr } = await runCommand('ctr', all);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  /** Removes every name of the image, so that nothing keeps its content. */
  async function removeImage(): Promise<void> {
    const rows = (await ctr('images', 'list')).split('\n').map((line) => line.split(/\s+/));
    const digest = rows.find(([name = '']) => name.includes('library/busybox:'))?.[2];
    const names = rows.filter((row) => row[2] === digest).map(([name = '']) => name);
    expect(names.length).toBeGreaterThan(0);
    await ctr('images', 'remove', '--sync', ...names);
  }

  it('is pulled again for the next start, and what runs goes on', async () => {
    const { lab } = own;
    await lab.createPod('user', SLEEP);
    await lab.createPod('never', { ...SLEEP, imagePullPolicy: 'Never' });
    await lab.waitForReady('user');
    await lab.waitForReady('never');
    await removeImage();
    expect(await lab.kubectl.ok('exec', 'user', '--', 'echo', 'on')).toBe('on\n');
    const [pid, other] = [await lab.pid('user'), await lab.pid('never')];
    const isPulled = async () =>
      (await lab.events('user')).filter(({ reason }) => reason === 'Pulling');
    const pulledBefore = (await isPulled()).length;
    process.kill(pid, 'SIGKILL');
    await lab.waitForPod(
      'user',
      'was restarted',
      ({ status }) =>
        status?.containerStatuses?.[0]?.restartCount === 1 && status.containerStatuses[0].ready,
    );
    await waitUntil('an event tells of the pull', 10_000, async () => {
      const pulls = await isPulled();
      return pulls.length > pulledBefore || (pulls[0]?.count ?? 1) > pulledBefore;
    });

    await removeImage();
    process.kill(other, 'SIGKILL');
    const message = 'Container image "busybox" is not present with pull policy of Never';
    await lab.waitForEvent('never', 'ErrImageNeverPull', message);
    // It comes back with any pod that may pull it.
    await lab.createPod('puller', SLEEP);
    await lab.waitForReady('puller');
    await lab.waitForReady('never', 60_000);
  });
});
