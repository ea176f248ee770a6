import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isProcessAlive } from '../../harness/container-process.ts';
import { connectTo, forwardedPort, readAll } from '../../harness/forwarded-port.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import {
  containerdPid,
  type FaultCluster,
  facts,
  faultCluster,
  kill,
  podsOf,
} from './fault-cluster.ts';

const HTTP = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 };
const TOUCH = { exec: { command: ['true'] }, periodSeconds: 1 };
const TIMES = 3;

describe('containerd, killed under running pods', () => {
  let own: FaultCluster;

  beforeAll(async () => {
    own = await faultCluster('containerd-killed');
  });
  afterAll(() => own?.close());

  it('is started again; pods go on and nothing is restarted', async () => {
    const { cluster, lab } = own;
    const probes = { readinessProbe: HTTP, livenessProbe: HTTP };
    await lab.createPod('server', { image: 'nginx', ...probes });
    await lab.createPod('touched', { args: ['sleep', '3600'], livenessProbe: TOUCH });
    await lab.waitForReady('server');
    await lab.waitForReady('touched');
    const before = await podsOf(lab);
    for (let round = 0; round < TIMES; round++) {
      const pid = containerdPid(cluster);
      await kill(pid);
      // A pod that is made meanwhile waits for it, at most.
      await lab.createPod(`during-${round}`, { image: 'nginx' });
      await waitUntil('another containerd runs', 30_000, () => {
        const next = containerdPid(cluster);
        return next !== pid && isProcessAlive(next);
      });
      await lab.waitForReady(`during-${round}`);
      const said = await lab.kubectl.ok('exec', 'server', '--', 'echo', `round ${round}`);
      expect(said).toBe(`round ${round}\n`);
      await lab.kubectl.ok('delete', 'pod', `during-${round}`);
    }
    expect(facts(await podsOf(lab))).toEqual(facts(before));
    const events = [...(await lab.events('server')), ...(await lab.events('touched'))];
    const reasons = events.map(({ reason }) => reason);
    expect(reasons).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/Killing|SandboxChanged|BackOff/)]),
    );
    const port = await forwardedPort(lab, 'server', 80);
    const socket = await connectTo(port);
    socket.write('GET / HTTP/1.0\r\n\r\n');
    expect(await readAll(socket)).toContain('Welcome to nginx');
  });

  it('sees what ended while it was away', async () => {
    const { cluster, lab } = own;
    await lab.createPod('mortal', { args: ['sleep', '3600'] });
    await lab.waitForReady('mortal');
    const pid = await lab.pid('mortal');
    await kill(containerdPid(cluster));
    process.kill(pid, 'SIGKILL');
    await lab.waitForPod(
      'mortal',
      'was restarted',
      ({ status }) =>
        status?.containerStatuses?.[0]?.restartCount === 1 &&
        status.containerStatuses[0].state?.running !== undefined,
    );
    await lab.kubectl.ok('delete', 'pod', 'mortal');
  });
});
