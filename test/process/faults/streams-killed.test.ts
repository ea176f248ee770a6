import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLineOf, dialersInto, processesBeside } from '../../harness/container-process.ts';
import { connectTo, forwardedPort, readAll } from '../../harness/forwarded-port.ts';
import { waitUntil } from '../../harness/wait-until.ts';
import {
  daemonPid,
  type FaultCluster,
  facts,
  faultCluster,
  kill,
  podsOf,
} from './fault-cluster.ts';

const LEFT = 'sleep 86399';

describe('the daemon, killed while streams run', () => {
  let own: FaultCluster;

  beforeAll(async () => {
    own = await faultCluster('streams-killed');
  });
  afterAll(() => own?.close());

  it('ends clients with an error, leaves no command behind, and serves new ones', async () => {
    const { cluster, lab } = own;
    await lab.createPod('server', { image: 'nginx' });
    await lab.waitForReady('server');
    const pid = await lab.pid('server');
    const before = facts(await podsOf(lab));
    const port = await forwardedPort(lab, 'server', 80);
    const open = await connectTo(port);
    open.write('GET /');
    // An answer will never come; who waits for one is told.
    const ended = readAll(open);
    const exec = lab.background('exec', 'server', '--', 'sh', '-c', `echo begun; ${LEFT}`);
    await exec.waitFor('begun', 20_000);
    const terminal = await lab.kubectl.terminal('exec', '-it', 'server', '--', 'sh');
    await terminal.waitFor(/# /);
    await waitUntil('one connects within the pod', 20_000, () => dialersInto(pid).length === 1);

    await kill(daemonPid(cluster));
    expect(await exec.ended(20_000)).not.toBe(0);
    expect(await terminal.ended()).not.toBe(0);
    expect(await ended).toBe('');
    await waitUntil('nobody is left there', 20_000, () => dialersInto(pid).length === 0);
    expect((await lab.kubectl.run(['get', 'pods'])).stderr).toMatch(/refused/);

    await cluster.up();
    const commands = () => processesBeside(pid).map(commandLineOf);
    await waitUntil('the commands are gone', 20_000, () =>
      commands().every((command) => command.includes('nginx')),
    );
    expect(await lab.kubectl.ok('exec', 'server', '--', 'echo', 'hi')).toBe('hi\n');
    const socket = await connectTo(await forwardedPort(lab, 'server', 80));
    socket.write('GET / HTTP/1.0\r\n\r\n');
    expect(await readAll(socket)).toContain('Welcome to nginx');
    expect(facts(await podsOf(lab))).toEqual(before);
  });
});
