import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PersistentVolumeClaim } from '../../src/generated/types.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { labKubectl } from '../harness/find-kubectl.ts';
import { type Lab, openLab } from '../harness/lab.ts';
import { runCommand } from '../harness/run-command.ts';
import { sharedCluster } from '../harness/shared-cluster.ts';
import { waitUntil } from '../harness/wait-until.ts';

const SLEEP = { args: ['sleep', '3600'] };

function claim(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  };
}

function makeClaim(lab: Lab, name: string, spec: object = {}): Promise<PersistentVolumeClaim> {
  const path = `/api/v1/namespaces/${lab.namespace}/persistentvolumeclaims`;
  return lab.api.send<PersistentVolumeClaim>('POST', path, claim(name, spec));
}

/** Runs a script in a pod with one volume and answers all it said. */
async function runWith(
  lab: Lab,
  name: string,
  script: string,
  mount: object,
  volume: object,
  spec = {},
) {
  const container = {
    args: ['sh', '-c', script],
    volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }],
  };
  const volumes = [{ name: 'data', ...volume }];
  await lab.createPod(name, container, { restartPolicy: 'Never', volumes, ...spec });
  await lab.waitForPhase(name, 'Succeeded');
  return lab.kubectl.ok('logs', name);
}

const uses = (claimName: string) => ({ persistentVolumeClaim: { claimName } });

describe('volumes', () => {
  let lab: Lab;
  let folder: string;

  beforeAll(async () => {
    lab = await openLab((await sharedCluster()).cluster, labKubectl(), 'volumes');
    folder = mkdtempSync(join(tmpdir(), 'proa-host-path-'));
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('of type hostPath', () => {
    it.each([
      ['Directory', '/dev/null', 'directory'],
      ['DirectoryOrCreate', '/dev/null', 'directory'],
      ['File', '/tmp', 'file'],
      ['Socket', '/dev/null', 'socket file'],
      ['BlockDevice', '/dev/null', 'block device'],
      ['CharDevice', '/tmp', 'character device'],
    ])('that is no %s says so', async (type, path, name) => {
      const pod = `no-${type.toLowerCase()}`;
      const volumes = [{ name: 'data', hostPath: { path, type } }];
      const volumeMounts = [{ name: 'data', mountPath: '/data' }];
      await lab.createPod(pod, { ...SLEEP, volumeMounts }, { volumes });
      const message = `MountVolume.SetUp failed for volume "data" : hostPath type check failed: ${path} is not a ${name}`;
      await lab.waitForEvent(pod, 'FailedMount', message);
    });

    it('are made where the type says so', async () => {
      const [deep, file] = [join(folder, 'a', 'b'), join(folder, 'file')];
      const said = await runWith(
        lab,
        'makes-folder',
        'echo hello > /data/x; ls /data',
        {},
        { hostPath: { path: deep, type: 'DirectoryOrCreate' } },
      );
      expect(said).toBe('x\n');
      expect(statSync(deep).mode & 0o7777).toBe(0o755);
      const hostPath = { path: file, type: 'FileOrCreate' };
      await runWith(lab, 'makes-file', 'echo hello > /data', {}, { hostPath });
      expect(statSync(file).mode & 0o7777).toBe(0o644);
      expect(statSync(file).size).toBe(6);
    });
  });

  describe('with what is mounted below them later', () => {
    let shared: string;
    beforeAll(async () => {
      shared = join(folder, 'shared');
      mkdirSync(shared);
      // As systemd makes the whole machine; without it the runtime refuses, as upstream's.
      const script = 'mount -t tmpfs tmpfs "$0" && mount --make-shared "$0"';
      expect((await runCommand('sh', ['-c', script, shared])).code).toBe(0);
    });
    afterAll(async () => {
      await runCommand('umount', ['--recursive', '--lazy', shared]);
    });

    const mounting = (at: string, propagation: object, args: string[], more: object = {}) => {
      const volumeMounts = [{ name: 'data', mountPath: '/data', ...propagation }];
      const volumes = [{ name: 'data', hostPath: { path: shared } }];
      return lab.createPod(at, { args, volumeMounts, ...more }, { volumes });
    };

    it('show it with HostToContainer, and hide it without', async () => {
      const args = ['sleep', '3600'];
      await mounting('sees', { mountPropagation: 'HostToContainer' }, args);
      await mounting('sees-not', {}, args);
      await lab.waitForReady('sees');
      await lab.waitForReady('sees-not');
      const late = join(shared, 'late');
      mkdirSync(late);
      expect((await runCommand('mount', ['-t', 'tmpfs', 'tmpfs', late])).code).toBe(0);
      writeFileSync(join(late, 'file'), '');
      expect(await lab.kubectl.ok('exec', 'sees', '--', 'ls', '/data/late')).toBe('file\n');
      expect(await lab.kubectl.ok('exec', 'sees-not', '--', 'ls', '/data/late')).toBe('');
    });

    it('show the node what a container mounts with Bidirectional', async () => {
      const script = 'mkdir /data/own && mount -t tmpfs tmpfs /data/own && touch /data/own/file';
      const args = ['sh', '-c', `${script} && sleep 3600`];
      const more = { securityContext: { privileged: true } };
      await mounting('mounts', { mountPropagation: 'Bidirectional' }, args, more);
      await waitUntil('the node sees it', 30_000, () => existsSync(join(shared, 'own', 'file')));
    });

    it('are refused where the node does not share its mounts', async () => {
      const own = join(folder, 'private');
      mkdirSync(own);
      const script = 'mount -t tmpfs tmpfs "$0" && mount --make-private "$0"';
      expect((await runCommand('sh', ['-c', script, own])).code).toBe(0);
      const volumeMounts = [
        { name: 'data', mountPath: '/data', mountPropagation: 'HostToContainer' },
      ];
      const volumes = [{ name: 'data', hostPath: { path: own } }];
      await lab.createPod('refused', { ...SLEEP, volumeMounts }, { volumes });
      await lab.waitForEvent('refused', 'Failed', /it is not a shared or slave mount/);
      await lab.kubectl.ok('delete', 'pod', 'refused', '--now');
      expect((await runCommand('umount', [own])).code).toBe(0);
    });
  });

  describe('in part', () => {
    it('are made, held through restarts, and read-only where asked', async () => {
      const mounts = [
        { name: 'data', mountPath: '/whole' },
        { name: 'data', mountPath: '/part', subPathExpr: 'logs/$(NAME)', readOnly: true },
      ];
      const script =
        'touch /whole/logs/web/file; ls /part; touch /part/x || echo refused; ' +
        'test -e /whole/again || { touch /whole/again; exit 1; }; sleep 3600';
      await lab.createPod(
        'parts',
        {
          args: ['sh', '-c', script],
          env: [{ name: 'NAME', value: 'web' }],
          volumeMounts: mounts,
        },
        { volumes: [{ name: 'data', emptyDir: {} }] },
      );
      await lab.waitForPod(
        'parts',
        'was restarted',
        ({ status }) =>
          status?.containerStatuses?.[0]?.restartCount === 1 &&
          !!status.containerStatuses[0].state?.running,
      );
      const said = await waitUntil('it spoke', 10_000, async () => {
        const log = await lab.kubectl.ok('logs', 'parts');
        return log.includes('refused') && log;
      });
      expect(said).toContain('file\n');
      expect(said).toContain('Read-only file system');
    });

    it('never lead out of the volume', async () => {
      const outside = join(folder, 'outside');
      const inside = join(folder, 'inside');
      await runWith(
        lab,
        'makes-link',
        'mkdir /data/outside /data/inside; ln -s ../outside /data/inside/link',
        {},
        { hostPath: { path: folder } },
      );
      expect(existsSync(outside)).toBe(true);
      const volumes = [{ name: 'data', hostPath: { path: inside } }];
      const cases = [
        ['link', 'failed to prepare subPath'],
        ['link/new', 'failed to create subPath directory'],
      ] as const;
      for (const [index, [subPath, why]] of cases.entries()) {
        const volumeMounts = [{ name: 'data', mountPath: '/data', subPath }];
        await lab.createPod(`escape-${index}`, { ...SLEEP, volumeMounts }, { volumes });
        const waiting = await lab.waitForPod(
          `escape-${index}`,
          'is refused',
          ({ status }) =>
            status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
        );
        expect(waiting.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
          `${why} for volumeMount "data" of container "main"`,
        );
      }
      expect(readdirSync(outside)).toEqual([]);
    });

    it('go with the run of their pod, but what claims keep', async () => {
      await makeClaim(lab, 'kept');
      const container = {
        args: [
          'sh',
          '-c',
          'for at in claim disk memory; do echo x > /$at/file; done; echo written',
        ],
        volumeMounts: [
          { name: 'claim', mountPath: '/claim', subPath: 'part' },
          { name: 'disk', mountPath: '/disk' },
          { name: 'memory', mountPath: '/memory' },
        ],
      };
      const volumes = [
        { name: 'claim', ...uses('kept') },
        { name: 'disk', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory' } },
      ];
      await lab.createPod('runs', container, { restartPolicy: 'Never', volumes });
      const { metadata } = await lab.waitForPhase('runs', 'Succeeded');
      const pod = join(lab.cluster.home.folder, 'pods', metadata.uid ?? '');
      await waitUntil('its volumes are gone', 10_000, () => !existsSync(join(pod, 'volumes')));
      expect(existsSync(join(pod, 'volume-subpaths'))).toBe(false);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(pod);
      expect(await lab.kubectl.ok('logs', 'runs')).toBe('written\n');
      expect(await runWith(lab, 'reads-it', 'cat /data/part/file', {}, uses('kept'))).toBe('x\n');
    });

    it('leave no mount when their pod is gone', async () => {
      const file = join(folder, 'one');
      writeFileSync(file, 'one\n');
      symlinkSync('one', join(folder, 'to-one'));
      const said = await runWith(
        lab,
        'one-file',
        'cat /data',
        { subPath: 'to-one' },
        { hostPath: { path: folder } },
      );
      expect(said).toBe('one\n');
      const uid = (await lab.pod('one-file'))?.metadata.uid ?? '';
      const pods = join(lab.cluster.home.folder, 'pods');
      await lab.kubectl.ok('delete', 'pod', 'one-file');
      await waitUntil('its folder is gone', 10_000, () => !existsSync(join(pods, uid)));
      expect(existsSync(file)).toBe(true);
    });
  });

  it('of claims are given to the group of the pod', async () => {
    await makeClaim(lab, 'grouped');
    const securityContext = { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 };
    const script = 'touch /data/file; stat -c "%g %a" /data; stat -c %g /data/file';
    const said = await runWith(lab, 'grouped', script, {}, uses('grouped'), { securityContext });
    expect(said).toBe('2000 2777\n2000\n');
  });

  it('of other types are refused', async () => {
    const nfs = { server: '192.0.2.1', path: '/' };
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    await lab.createPod('nfs', { ...SLEEP, volumeMounts }, { volumes: [{ name: 'data', nfs }] });
    const message =
      'MountVolume.SetUp failed for volume "data" : volumes of type nfs are not supported by this node';
    await lab.waitForEvent('nfs', 'FailedMount', message);
  });

  it('are explained, and wait with their pod', async () => {
    expect(await lab.kubectl.ok('explain', 'pvc.spec.accessModes')).toContain('FIELD: accessModes');
    const volumeMounts = [{ name: 'data', mountPath: '/data' }];
    const volumes = [{ name: 'data', ...uses('none') }];
    await lab.createPod('waits', { ...SLEEP, volumeMounts }, { volumes });
    await lab.waitForEvent(
      'waits',
      'FailedScheduling',
      /^0\/1 nodes are available: persistentvolumeclaim "none" not found\. /,
    );
    await makeClaim(lab, 'none');
    await lab.waitForReady('waits');
  });

  it('grow', async () => {
    await makeClaim(lab, 'grows');
    await runWith(lab, 'grows', 'true', {}, uses('grows'));
    const more = '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}';
    await lab.kubectl.ok('patch', 'pvc', 'grows', '-p', more);
    await waitUntil('it has grown', 10_000, async () =>
      /grows +Bound +pvc-\S+ +2Gi +RWO/.test(await lab.kubectl.ok('get', 'pvc', 'grows')),
    );
  });
});

describe('volumes of a cluster', () => {
  let cluster: TestCluster | undefined;
  afterAll(() => cluster?.remove());

  it('outlive down and up, and go with delete', async () => {
    cluster = await startCluster({ mirrors: (await sharedCluster()).mirrors });
    const lab = await openLab(cluster, labKubectl(), 'lasting');
    const folders = join(cluster.home.folder, 'volumes');
    await makeClaim(lab, 'data');
    await runWith(lab, 'writes', 'echo kept > /data/file', {}, uses('data'));
    await cluster.down();
    expect(readdirSync(folders)).toHaveLength(1);
    await cluster.up();
    expect(await runWith(lab, 'reads', 'cat /data/file', {}, uses('data'))).toBe('kept\n');
    expect(statSync(folders).mode & 0o777).toBe(0o700);
    await lab.close();
    await cluster.remove();
    expect(existsSync(folders)).toBe(false);
    cluster = undefined;
  });
});
