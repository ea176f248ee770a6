import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sleepers } from '../harness/container-process.ts';
import { findKubectls, labKubectl } from '../harness/find-kubectl.ts';
import { Kubectl } from '../harness/kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const WAIT_MS = 30_000;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ESCAPE = '\u001b';

describe.concurrent('terminals', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, labKubectl(), `terminals-${name}`, work);

  // Oldest and newest: one speaks SPDY, the other a WebSocket.
  for (const [found, seconds] of [
    [findKubectls()[0]!, '86410'],
    [findKubectls().at(-1)!, '86411'],
  ] as const) {
    it(
      `of commands are a person's own with kubectl ${found.version}`,
      lab(`own-${seconds}`, async (each) => {
        await each.createPod('box', { args: ['sleep', '600'] });
        await each.waitForReady('box');
        const { folder } = each.kubectl;
        const kubectl = new Kubectl(found.file, join(folder, 'kubeconfig'), folder);
        const exec = (...command: string[]) =>
          kubectl.terminal('exec', '-it', 'box', '--', ...command);

        const shell = await exec('sh');
        await shell.waitFor('/ # ');
        shell.type('stty size\r');
        await shell.waitFor(/30 100\r?\n/);
        shell.resize(41, 133);
        shell.type('until stty size | grep -q "41 133"; do sleep 0.1; done; echo new-$((1+1))\r');
        await shell.waitFor('new-2');
        shell.type(`sleep ${seconds}\r`);
        await waitUntil('it sleeps', WAIT_MS, () => sleepers(seconds) === 1);
        shell.type(CTRL_C);
        shell.type('echo code-$?\r');
        await shell.waitFor('code-130');
        expect(sleepers(seconds)).toBe(0);
        shell.type('exit 7\r');
        expect(await shell.ended()).toBe(7);

        const editor = await exec('vi', '/tmp/text');
        await editor.waitFor('/tmp/text');
        editor.type('ihello vi');
        await editor.waitFor('I /tmp/text');
        editor.type(ESCAPE);
        await editor.waitFor(/I \/tmp\/text[\s\S]*- \/tmp\/text/);
        editor.type(':wq\r');
        expect(await editor.ended()).toBe(0);
        expect(await kubectl.ok('exec', 'box', '--', 'cat', '/tmp/text')).toBe('hello vi\n');

        const cat = await exec('cat');
        cat.type('words\r');
        await cat.waitFor(/words\r?\nwords\r?\n/);
        cat.type(CTRL_D);
        expect(await cat.ended()).toBe(0);

        const killed = await exec('sh', '-c', 'kill -9 $$');
        expect(await killed.ended()).toBe(137);
      }),
    );
  }

  it(
    'of a container are shared by all who attach, and outlive them',
    lab('shared', async (each) => {
      const { kubectl } = each;
      await each.createPod('shell', { args: ['sh'], stdin: true, tty: true });
      await each.waitForReady('shell');
      const attach = () => kubectl.terminal('attach', '-it', 'shell');
      const [one, other] = await Promise.all([attach(), attach()]);
      await Promise.all([one.waitFor('command prompt'), other.waitFor('command prompt')]);
      one.type('echo from-$((40+1))\r');
      await Promise.all([one.waitFor('from-41'), other.waitFor('from-41')]);
      other.type('echo from-$((40+2))\r');
      await Promise.all([one.waitFor('from-42'), other.waitFor('from-42')]);
      other.kill();
      one.type('echo from-$((40+3))\r');
      await one.waitFor('from-43');
      one.type('exit 3\r');
      expect(await one.ended()).toBe(0);
      expect(one.shown()).toContain("resume using 'kubectl attach shell -c main -i -t'");
    }),
  );

  it(
    'are told apart from plain input, which ends with its first client',
    lab('plain', async (each) => {
      const { kubectl } = each;
      const args = ['sh', '-c', 'cat; echo over'];
      const once = { args, stdin: true, stdinOnce: true };
      await each.createPod('once', once, { restartPolicy: 'Never' });
      await each.createPod('deaf', { args: ['sh', '-c', 'echo begun; sleep 600'] });
      for (const name of ['once', 'deaf']) await each.waitForReady(name);
      const plain = await kubectl.okWith({ input: 'a\nb\n' }, 'attach', '-i', 'once');
      expect(plain.stdout).toBe('a\nb\nover\n');
      await each.waitForPhase('once', 'Succeeded');
      expect(await kubectl.fails('attach', 'once')).toContain(
        'cannot attach a container in a completed pod; current phase is Succeeded',
      );
      const deaf = await kubectl.terminal('attach', '-it', 'deaf');
      await deaf.waitFor('Unable to use a TTY - container main did not allocate one');
      deaf.type(CTRL_C);
      expect(await deaf.ended()).not.toBe(0);
      expect((await each.pod('deaf'))?.status?.containerStatuses?.[0]).toMatchObject({
        ready: true,
        restartCount: 0,
      });
    }),
  );
});
