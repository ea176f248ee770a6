import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Node, Pod } from '../../src/generated/types.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { inLab, type Lab } from '../harness/lab.ts';
import { runCommand } from '../harness/run-command.ts';
import { type Shared, sharedCluster } from '../harness/shared-cluster.ts';

const kubectl = labKubectl();
const SLEEP = { args: ['sleep', '600'] };

/** What the node says that its runtime can do; Debian 12's can do none of it. */
async function abilities(lab: Lab) {
  const list = await lab.api.get<{ items: Node[] }>('/api/v1/nodes');
  const { features, runtimeHandlers = [] } = list?.items[0]?.status ?? {};
  const own = runtimeHandlers.find(({ name }) => name === '')?.features;
  return { ...features, ...own };
}

describe.concurrent('what depends on the runtime', () => {
  let shared: Shared;

  beforeAll(async () => {
    shared = await sharedCluster();
  });

  /** A test in a namespace of its own. */
  const lab = (name: string, work: (lab: Lab) => Promise<void>) => () =>
    inLab(shared.cluster, kubectl, `able-${name}`, work);

  it(
    'a pod with users of its own runs with files that are its own, or is refused',
    lab('users', async (lab) => {
      const { userNamespaces } = await abilities(lab);
      await lab.kubectl.ok('create', 'configmap', 'words', '--from-literal=a=1');
      await lab.createPod(
        'users',
        {
          args: ['sh', '-c', 'echo x >/data/file; echo y >/memory/file; sleep 600'],
          readinessProbe: { exec: { command: ['test', '-f', '/memory/file'] }, periodSeconds: 1 },
          securityContext: { procMount: 'Unmasked' },
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'memory', mountPath: '/memory' },
            { name: 'words', mountPath: '/words' },
            { name: 'words', mountPath: '/word', subPath: 'a' },
          ],
        },
        {
          hostUsers: false,
          volumes: [
            { name: 'data', emptyDir: {} },
            { name: 'memory', emptyDir: { medium: 'Memory' } },
            { name: 'words', configMap: { name: 'words' } },
          ],
        },
      );
      if (!userNamespaces) {
        await lab.waitForEvent(
          'users',
          'FailedCreatePodSandBox',
          "Failed to create pod sandbox: can't set `spec.hostUsers: false`, " +
            'runtime does not support user namespaces',
        );
        return;
      }
      await lab.waitForReady('users');
      const map = readFileSync(`/proc/${await lab.pid('users')}/uid_map`, 'utf8');
      const [inside, outside, length] = map.trim().split(/\s+/).map(Number);
      expect([inside, length, outside! % 65_536]).toEqual([0, 65_536, 0]);
      expect(outside).toBeGreaterThan(0);
      const files = ['/data/file', '/memory/file', '/words/a', '/word', '/etc/hosts'];
      const owners = ['exec', 'users', '--', 'stat', '-L', '-c', '%u:%g', ...files];
      expect(await lab.kubectl.ok(...owners)).toBe('0:0\n'.repeat(files.length));
      const uid = (await lab.pod('users'))?.metadata.uid ?? '';
      const volumes = join(lab.cluster.home.folder, 'pods', uid, 'volumes');
      const { stdout } = await runCommand('stat', [
        ...['-c', '%u', join(volumes, 'kubernetes.io~empty-dir', 'data', 'file')],
      ]);
      expect(stdout).toBe('0\n');
    }),
  );

  it(
    'what is mounted below is read-only too, or the mount is refused',
    lab('recursive', async (lab) => {
      const { recursiveReadOnlyMounts } = await abilities(lab);
      const outer = mkdtempSync(join(tmpdir(), 'proa-recursive-'));
      const inner = join(outer, 'inner');
      mkdirSync(inner);
      await runCommand('mount', ['-t', 'tmpfs', 'tmpfs', inner]);
      try {
        const at = (mode: object) => ({
          name: 'data',
          mountPath: '/data',
          readOnly: true,
          ...mode,
        });
        const volumes = [{ name: 'data', hostPath: { path: outer } }];
        const create = (name: string, mode: object) =>
          lab.createPod(name, { ...SLEEP, volumeMounts: [at(mode)] }, { volumes });
        const isWritable = async (name: string) => {
          await lab.waitForReady(name);
          const { code } = await lab.kubectl.run(['exec', name, '--', 'touch', '/data/inner/x']);
          return code === 0;
        };
        await create('plain', {});
        await create('possible', { recursiveReadOnly: 'IfPossible' });
        await create('enabled', { recursiveReadOnly: 'Enabled' });
        expect(await isWritable('plain')).toBe(true);
        expect(await isWritable('possible')).toBe(!recursiveReadOnlyMounts);
        if (recursiveReadOnlyMounts) expect(await isWritable('enabled')).toBe(false);
        else await lab.waitForPod('enabled', 'is refused', isRefusedMount);
        await lab.kubectl.ok('delete', 'pod', '--all', '--now');
      } finally {
        await runCommand('umount', ['--lazy', inner]);
        rmSync(outer, { recursive: true });
      }
    }),
  );

  it(
    'a pod has the groups that it names alone, or is refused',
    lab('groups', async (lab) => {
      const { supplementalGroupsPolicy } = await abilities(lab);
      const securityContext = { supplementalGroups: [5000], supplementalGroupsPolicy: 'Strict' };
      await lab.createPod('strict', SLEEP, { securityContext });
      if (supplementalGroupsPolicy) {
        const { status } = await lab.waitForReady('strict');
        expect(await lab.kubectl.ok('exec', 'strict', '--', 'id', '-G')).toBe('0 5000\n');
        const user = status?.containerStatuses?.[0]?.user?.linux;
        expect(user).toEqual({ uid: 0, gid: 0, supplementalGroups: [5000] });
        return;
      }
      const { status } = await lab.waitForPhase('strict', 'Failed');
      expect(`${status?.reason}: ${status?.message}`).toBe(
        'SupplementalGroupsPolicyNotSupported: Pod was rejected: ' +
          'SupplementalGroupsPolicy=Strict is not supported in this node',
      );
    }),
  );
});

function isRefusedMount({ status }: Pod): boolean {
  const { message = '' } = status?.containerStatuses?.[0]?.state?.waiting ?? {};
  return message.includes('volume "data" requested recursive read-only mode');
}
