import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { startCluster } from '../harness/cluster.ts';
import { isProcessAlive, sleepers } from '../harness/container-process.ts';
import { findKubectls, labKubectl } from '../harness/find-kubectl.ts';
import { connectTo, forwardedPort, readAll } from '../harness/forwarded-port.ts';
import { Kubectl } from '../harness/kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const WAIT_MS = 30_000;
const COMMANDS = 100;
/** Listens on the pod's loopback alone; resets a connection that asks for it. */
const ECHO = `
import socket, struct, threading
def serve(c):
    while True:
        b = c.recv(65536)
        if not b: break
        if b == b'reset':
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            break
        c.sendall(b)
    c.close()
s = socket.create_server(('127.0.0.1', 9000), backlog=200)
while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
`;

describe.concurrent('streams', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab =
    (name: string, work: (lab: Lab) => Promise<void>, kubectl = labKubectl()) =>
    () =>
      inLab(shared.cluster, kubectl, `streams-${name}`, work);

  for (const found of findKubectls()) {
    const name = `kubectl-${found.minor.replace('.', '-')}`;
    it(
      `of commands, files and ports work with kubectl ${found.version}`,
      lab(name, (each) => everything(each), found),
    );
  }

  async function everything(each: Lab): Promise<void> {
    const { kubectl } = each;
    await each.createPod('box', { args: ['sleep', '600'] });
    await each.createPod('web', { image: 'nginx' });
    await each.waitForReady('box');
    const script = 'echo out; echo err >&2; exit 3';
    const ended = await kubectl.run(['exec', 'box', '--', 'sh', '-c', script]);
    expect([ended.code, ended.stdout]).toEqual([3, 'out\n']);
    expect(ended.stderr).toBe('err\ncommand terminated with exit code 3\n');

    const bytes = randomBytes(3_000_000);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const counted = await kubectl.okWith({ input: bytes }, 'exec', '-i', 'box', '--', 'sha256sum');
    expect(counted.stdout).toBe(`${hash}  -\n`);
    writeFileSync(join(kubectl.folder, 'there'), bytes);
    await kubectl.ok('cp', 'there', 'box:/tmp/copy');
    await kubectl.ok('cp', 'box:/tmp/copy', 'back');
    expect(readFileSync(join(kubectl.folder, 'back')).equals(bytes)).toBe(true);

    await each.waitForReady('web');
    const port = await forwardedPort(each, 'pod/web', 80);
    for (let i = 0; i < 3; i++) {
      expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toContain('nginx');
    }
    const missing = await kubectl.run(['exec', 'box', '--', 'nosuch']);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[^"]+": OCI runtime exec failed: .*exec: "nosuch": executable file not found in \$PATH/,
      ),
    ]);

    const run = ['run', 'once', '-i', '--rm', '--restart=Never', '--image=busybox', '--'];
    const said = await kubectl.okWith({ input: 'words\n' }, ...run, 'sh', '-c', 'cat; echo end');
    expect(said.stdout).toContain('words\nend\n');

    // Whether it is still there or has ended when its client comes.
    for (const pause of ['0', '0.05', '0.2']) {
      const command = `echo first; sleep ${pause}; echo wrong >&2; printf last; exit 3`;
      const short = await kubectl.run([...run, 'sh', '-c', command], { input: '' });
      expect([short.code, short.stdout]).toEqual([3, 'first\nlastpod "once" deleted\n']);
      expect(short.stderr).toContain('wrong\n');
      expect(short.stderr).not.toContain('falling back');
    }
  }

  it(
    'say in upstream words why they do not begin',
    lab('refusals', async (each) => {
      const { kubectl } = each;
      await each.createPod('ended', { args: ['true'] }, { restartPolicy: 'OnFailure' });
      const containers = ['one', 'two'].map((name) => ({
        name,
        image: 'busybox',
        args: ['sleep', '600'],
      }));
      await each.createPod('pair', {}, { containers });
      await each.createPod('absent', { image: 'absent.invalid/none' });
      await each.waitForReady('pair');
      const raw = await kubectl.fails(
        'get',
        '--raw',
        `/api/v1/namespaces/${each.namespace}/pods/pair/exec?command=ls&container=one&stdout=1`,
      );
      expect(raw).toContain('Upgrade request required');
      const waiting = await kubectl.fails('exec', 'absent', '--', 'true');
      expect(waiting).toContain('unable to upgrade connection: container not found ("main")');
      expect(await kubectl.fails('exec', 'nobody', '--', 'true')).toContain(
        'pods "nobody" not found',
      );
      expect(await kubectl.fails('exec', 'pair', '-c', 'three', '--', 'true')).toContain(
        'container three is not valid for pod pair',
      );
      const chosen = await kubectl.okWith({}, 'exec', 'pair', '--', 'hostname');
      expect([chosen.stdout, chosen.stderr]).toEqual([
        'pair\n',
        'Defaulted container "one" out of: one, two\n',
      ]);
      await each.waitForPhase('ended', 'Succeeded');
      expect(await kubectl.fails('exec', 'ended', '--', 'true')).toContain(
        'cannot exec into a container in a completed pod',
      );
    }),
  );

  it(
    'of many commands and connections at once stay apart',
    lab('many', async (each) => {
      const image = 'python:2.7-alpine';
      await each.createPod('echo', { image, command: ['python', '-c', ECHO] });
      await each.waitForReady('echo');
      const script = 'read word; echo "out $word"; echo "err $word" >&2; exit $((word % 7))';
      const command = ['exec', '-i', 'echo', '--', 'sh', '-c', script];
      const ended = await Promise.all(
        Array.from({ length: COMMANDS }, (_, i) =>
          each.kubectl.run(command, { input: `${i}\n`, timeoutMs: 4 * WAIT_MS }),
        ),
      );
      const told = ended.map(({ code, stdout, stderr }) => [code, stdout, stderr.split('\n')[0]]);
      expect(told).toEqual(told.map((_, i) => [i % 7, `out ${i}\n`, `err ${i}`]));

      const port = await forwardedPort(each, 'pod/echo', 9000);
      const sockets = await Promise.all(Array.from({ length: 100 }, () => connectTo(port)));
      const texts = sockets.map((_, i) => `${i} `.repeat(20_000));
      const answers = sockets.map(readAll);
      // One that is reset takes no other with it.
      const victim = await connectTo(port);
      victim.write('reset');
      await readAll(victim);
      for (const [i, socket] of sockets.entries()) socket.end(texts[i]!);
      expect(await Promise.all(answers)).toEqual(texts);
    }),
  );

  it(
    'end the command of a client that vanishes, with all that it started',
    lab('vanish', async (each) => {
      await each.createPod('box', { args: ['sleep', '600'] });
      await each.waitForReady('box');
      for (const [seconds, found] of [
        ['86401', findKubectls()[0]!],
        ['86402', labKubectl()],
      ] as const) {
        const script = `sleep ${seconds} & sleep ${seconds}; true`;
        const args = ['exec', '-i', 'box', '--', 'sh', '-c', script];
        const { folder } = each.kubectl;
        const running = new Kubectl(found.file, join(folder, 'kubeconfig'), folder).start(...args);
        await waitUntil('both sleep', WAIT_MS, () => sleepers(seconds) === 2);
        running.kill();
        await waitUntil('none sleeps', WAIT_MS, () => sleepers(seconds) === 0);
      }
    }),
  );

  it(
    'attach a terminal to a pod that has one, and to a container for debugging',
    lab('attach', async (each) => {
      const { kubectl } = each;
      const run = ['run', 'shell', '-it', '--rm', '--restart=Never', '--image=busybox', '--', 'sh'];
      const shell = await kubectl.terminal(...run);
      await shell.waitFor(/\/ # /);
      shell.type('stty size; echo $((6*7))\r');
      await shell.waitFor(/30 100\r?\n42\r?\n/);
      shell.type('exit 0\r');
      expect(await shell.ended()).toBe(0);
      expect(shell.shown()).toContain('pod "shell" deleted');

      await each.createPod('box', { args: ['sleep', '86403'] });
      await each.waitForReady('box');
      const debug = ['debug', '-it', 'box', '--image=busybox', '--target=main', '-c', 'debugger'];
      const debugging = await kubectl.terminal(...debug, '--profile=general');
      await debugging.waitFor(/\/ # /);
      debugging.type('ps | grep -c "[s]leep 86403"\r');
      await debugging.waitFor(/\n1\r?\n/);
      debugging.type('exit 6\r');
      expect(await debugging.ended()).toBe(0);
      const pod = await each.waitForPod(
        'box',
        'has lost its debugger',
        ({ status }) => status?.ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined,
      );
      expect(pod.status?.ephemeralContainerStatuses).toMatchObject([
        { name: 'debugger', restartCount: 0, state: { terminated: { exitCode: 6 } } },
      ]);
      expect(pod.status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
    }),
  );
});

describe('a command whose daemon is killed', () => {
  it('is ended by the next one', async () => {
    const { mirrors } = await sharedCluster();
    const cluster = await startCluster({ mirrors });
    try {
      await inLab(cluster, labKubectl(), 'streams-killed', async (each) => {
        await each.createPod('box', { args: ['sleep', '600'] });
        await each.waitForReady('box');
        each.background('exec', '-i', 'box', '--', 'sh', '-c', 'sleep 86404 & sleep 86404; true');
        await waitUntil('both sleep', WAIT_MS, () => sleepers('86404') === 2);
        const { pid } = JSON.parse(readFileSync(cluster.home.runFile, 'utf8'));
        process.kill(pid, 'SIGKILL');
        await waitUntil('the daemon is gone', WAIT_MS, () => !isProcessAlive(pid));
        await cluster.up();
        await waitUntil('none sleeps', WAIT_MS, () => sleepers('86404') === 0);
        expect(await each.kubectl.ok('exec', 'box', '--', 'echo', 'well')).toBe('well\n');
      });
    } finally {
      await cluster.remove();
    }
  });
});
