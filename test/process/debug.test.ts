import { beforeAll, describe, expect, it } from 'vitest';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';

/** What each profile asks for, as the container's own capabilities show it. */
const PROFILES = ['general', 'baseline', 'netadmin', 'sysadmin'] as const;

describe.concurrent('kubectl debug', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, labKubectl(), `debug-${name}`, work);

  const capabilities = 'grep CapEff /proc/self/status';

  it(
    'gives a pod containers of every profile, and shows all that they print',
    lab('profiles', async (each) => {
      await each.createPod('box', { args: ['sleep', '600'] });
      await each.waitForReady('box');
      const seen = new Map<string, bigint>();
      for (const profile of PROFILES) {
        const debug = ['debug', '-i', 'box', '--image=busybox', '-c', profile];
        const { stdout } = await each.kubectl.okWith(
          { input: '' },
          ...debug,
          `--profile=${profile}`,
          '--',
          'sh',
          '-c',
          capabilities,
        );
        seen.set(profile, BigInt(`0x${/CapEff:\s+(\w+)/.exec(stdout)?.[1] ?? 0}`));
      }
      const has = (profile: string, bit: bigint) => (seen.get(profile)! >> bit) % 2n === 1n;
      const [netAdmin, ptrace, sysAdmin] = [12n, 19n, 21n];
      expect(PROFILES.filter((profile) => has(profile, ptrace))).toEqual(['general', 'sysadmin']);
      expect(PROFILES.filter((profile) => has(profile, netAdmin))).toEqual([
        'netadmin',
        'sysadmin',
      ]);
      expect(PROFILES.filter((profile) => has(profile, sysAdmin))).toEqual(['sysadmin']);
      const restricted = ['debug', 'box', '--image=busybox', '-c', 'restricted'];
      await each.kubectl.ok(...restricted, '--profile=restricted', '--', 'true');
      const pod = await each.waitForPod('box', 'refuses to run as root', ({ status }) =>
        (status?.ephemeralContainerStatuses ?? []).some(
          ({ state }) => state?.waiting?.reason === 'CreateContainerConfigError',
        ),
      );
      expect(JSON.stringify(pod.status?.ephemeralContainerStatuses)).toContain(
        'container has runAsNonRoot and image will run as root',
      );
    }),
  );

  it(
    'copies a pod with a container, another image or another command',
    lab('copies', async (each) => {
      const { kubectl } = each;
      await each.createPod('box', { args: ['sleep', '86420'] });
      await each.waitForReady('box');
      const debug = ['debug', 'box', '--profile=general'];
      const watcher = ['--image=busybox', '-c', 'watcher', '--share-processes'];
      const command = [
        '--',
        'sh',
        '-c',
        'until ps | grep -q "[s]leep 86420"; do :; done; echo seen',
      ];
      await kubectl.ok(...debug, '--copy-to=shared', ...watcher, ...command);
      await each.waitForPod('shared', 'has looked', ({ status }) =>
        (status?.containerStatuses ?? []).some(
          ({ name, state, lastState }) =>
            name === 'watcher' && (state?.terminated ?? lastState?.terminated) !== undefined,
        ),
      );
      expect(await kubectl.ok('logs', 'shared', '-c', 'watcher')).toBe('seen\n');

      await kubectl.ok(...debug, '--copy-to=other', '--set-image=*=alpine');
      expect((await each.waitForReady('other')).spec.containers).toMatchObject([
        { name: 'main', image: 'alpine', args: ['sleep', '86420'] },
      ]);
      await kubectl.ok(...debug, '--copy-to=again', '-c', 'main', '--', 'sleep', '86421');
      const [again] = (await each.waitForReady('again')).spec.containers;
      expect([...(again?.command ?? []), ...(again?.args ?? [])]).toEqual(['sleep', '86421']);
    }),
  );

  it(
    'reaches the node itself',
    lab('node', async (each) => {
      const { kubectl } = each;
      const node = await kubectl.ok('get', 'nodes', '-o', 'name');
      const debug = ['debug', '-i', node.trim(), '--image=busybox', '--profile=sysadmin'];
      const script = 'chroot /host test -x /usr/bin/env && echo at-$((6*7))';
      const { stdout } = await kubectl.okWith({ input: '' }, ...debug, '--', 'sh', '-c', script);
      expect(stdout).toContain('at-42\n');
    }),
  );
});
