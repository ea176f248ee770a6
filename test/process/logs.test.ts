import { beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab, restarts } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';

const kubectl = labKubectl();
const STAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) /;

describe.concurrent('kubectl logs', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `logs-${name}`, work);

  it(
    'shows all, the last lines, the last bytes, with times, since a time',
    lab('options', async (lab) => {
      // The two outputs are two pipes, read by two threads: only time puts them in order.
      const script = 'seq 1 100; sleep 1; echo to stderr >&2; sleep 4; echo late; sleep 600';
      await lab.createPod('counter', { args: ['sh', '-c', script] });
      const logs = (...args: string[]) => lab.kubectl.ok('logs', 'counter', ...args);
      await lab.waitForReady('counter');
      const follow = lab.background('logs', '-f', 'counter');
      await follow.waitFor('late', 30_000);
      expect(follow.output()).toMatch(/^1\n2\n3\n/);

      const all = (await logs()).trimEnd().split('\n');
      expect([all.length, all[0], all.at(-1)]).toEqual([102, '1', 'late']);
      expect(all).toContain('to stderr');
      expect(await logs('--tail=1')).toBe('late\n');
      expect(await logs('--tail=0')).toBe('');
      expect(await logs('--limit-bytes=4')).toBe('1\n2\n');
      const stamped = (await logs('--timestamps', '--tail=2')).trimEnd().split('\n');
      expect(stamped).toHaveLength(2);
      for (const line of stamped) expect(line).toMatch(STAMP);
      // The first hundred lines are older than the pause of four seconds.
      const lateAt = Date.parse(stamped.at(-1)!.split(' ')[0]!);
      const since = new Date(lateAt - 2_000).toISOString();
      expect(await logs(`--since-time=${since}`)).toBe('late\n');
      expect((await logs('--since=1h')).split('\n')).toHaveLength(103);
    }),
  );

  it(
    'follows to the end of the container, and ends with it',
    lab('follow', async (lab) => {
      const script = 'for i in 1 2 3; do echo line $i; sleep 0.5; done';
      await lab.createPod('speaker', { args: ['sh', '-c', script] }, { restartPolicy: 'Never' });
      await lab.waitForPod('speaker', 'has begun', ({ status }) => status?.phase !== 'Pending');
      const follow = lab.background('logs', '-f', 'speaker');
      expect(await follow.ended(20_000)).toBe(0);
      expect(follow.output()).toBe('line 1\nline 2\nline 3\n');
    }),
  );

  it(
    'tells containers apart, and this run from the one before',
    lab('containers', async (lab) => {
      const container = (name: string, script: string) => ({
        name,
        image: 'busybox',
        args: ['sh', '-c', script],
      });
      const containers = [
        container('steady', 'echo steady; sleep 600'),
        container('crashing', 'echo run $(cat /proc/sys/kernel/random/uuid); sleep 5; exit 1'),
      ];
      await lab.createPod('pair', {}, { containers });
      await lab.waitForPod('pair', 'was restarted', (pod) => restarts(pod) >= 1);
      expect(await lab.kubectl.ok('logs', 'pair', '-c', 'steady')).toBe('steady\n');
      const now = await lab.kubectl.ok('logs', 'pair', '-c', 'crashing');
      const before = await lab.kubectl.ok('logs', 'pair', '-c', 'crashing', '--previous');
      expect(now).toMatch(/^run [-0-9a-f]{36}\n$/);
      expect(before).toMatch(/^run [-0-9a-f]{36}\n$/);
      expect(before).not.toBe(now);
      const both = await lab.kubectl.ok('logs', 'pair', '--all-containers', '--prefix');
      expect(both).toContain('[pod/pair/steady] steady\n');
      const first = await lab.kubectl.okWith({}, 'logs', 'pair');
      expect([first.stdout, first.stderr]).toEqual([
        'steady\n',
        'Defaulted container "steady" out of: steady, crashing\n',
      ]);
      expect(await lab.kubectl.fails('logs', 'pair', '-c', 'nobody')).toContain(
        'container nobody is not valid for pod pair',
      );
      expect(await lab.kubectl.fails('logs', 'pair', '-c', 'steady', '--previous')).toContain(
        'previous terminated container "steady" in pod "pair" not found',
      );
      expect(await lab.kubectl.fails('logs', 'nobody')).toContain('pods "nobody" not found');
    }),
  );

  it(
    'says that a container has not started',
    lab('waiting', async (lab) => {
      const registry = new URL(shared.mirrors[0]!.split('=')[1]!).host;
      await lab.createPod('waiting', { image: `${registry}/absent:1` });
      await lab.waitForEvent('waiting', 'Failed', 'Error: ErrImagePull');
      expect(await lab.kubectl.fails('logs', 'waiting')).toMatch(
        /container "main" in pod "waiting" is waiting to start: (trying and failing to pull image|image can't be pulled)/,
      );
    }),
  );
});
