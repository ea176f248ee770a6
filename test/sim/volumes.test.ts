import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  events,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
} from '../../src/client/resources.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../src/generated/types.ts';
import { isReason } from '../../src/objects/api-error.ts';
import { SimCluster } from './sim-cluster.ts';

let sim: SimCluster;

beforeEach(async () => {
  sim = await SimCluster.start(1);
});

afterEach(() => sim.stop());

function makeClaim(
  name: string,
  spec: object = {},
  namespace = 'default',
): Promise<PersistentVolumeClaim> {
  return sim.admin.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      ...spec,
    },
  });
}

function makePod(name: string, volume: object, namespace = 'default'): Promise<Pod> {
  return sim.admin.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'main',
          image: 'k8s.gcr.io/busybox',
          command: ['sleep', '3600'],
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', ...volume }],
    },
  });
}

function makeVolume(name: string, spec: object = {}): Promise<PersistentVolume> {
  return sim.admin.create(persistentVolumes, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '5Gi' },
      hostPath: { path: '/srv/data' },
      ...spec,
    },
  });
}

const uses = (claimName: string) => ({ persistentVolumeClaim: { claimName } });

async function claim(name: string): Promise<PersistentVolumeClaim> {
  return sim.admin.get(persistentVolumeClaims, name, 'default');
}

/** What became of a pod or volume; `gone` when it is no more. */
async function phaseOf(read: Promise<Pod | PersistentVolume>): Promise<string | undefined> {
  try {
    return (await read).status?.phase;
  } catch (error) {
    if (isReason(error, 'NotFound')) return 'gone';
    throw error;
  }
}

const pod = (name: string) => phaseOf(sim.admin.get(pods, name, 'default'));
const volume = (name: string) => phaseOf(sim.admin.get(persistentVolumes, name));

async function told(name: string): Promise<string[]> {
  const { items } = await sim.admin.list(events, { namespace: 'default' });
  const about = items.filter(({ involvedObject }) => involvedObject.name === name);
  return about.map(({ reason }) => reason ?? '');
}

async function make(name: string): Promise<string> {
  await makeClaim(name);
  await makePod(`${name}-pod`, uses(name));
  await sim.clock.advance(5_000);
  return (await claim(name)).spec.volumeName ?? '';
}

describe('a claim of the default class', () => {
  test('waits for its first pod, then gets a folder on the node', async () => {
    await makeClaim('data');
    await sim.clock.advance(1_000);
    expect((await claim('data')).status?.phase).toBe('Pending');
    expect(await told('data')).toEqual(['WaitForFirstConsumer']);
    expect(sim.volumes.folders.size).toBe(0);

    await makePod('user', uses('data'));
    await sim.clock.advance(5_000);
    const bound = await claim('data');
    expect(bound).toMatchObject({
      metadata: {
        annotations: {
          'volume.kubernetes.io/selected-node': 'sim',
          'volume.kubernetes.io/storage-provisioner': 'proa.dev/local-path',
        },
      },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    });
    expect(await volume(bound.spec.volumeName ?? '')).toBe('Bound');
    expect(await told('data')).toEqual([
      'WaitForFirstConsumer',
      'ExternalProvisioning',
      'Provisioning',
      'ProvisioningSucceeded',
    ]);
    expect(await pod('user')).toBe('Running');
    expect([...sim.volumes.folders]).toEqual([
      `/sim/volumes/pvc-${bound.metadata.uid}_default_data`,
    ]);
  });

  test('is kept while its pod is there, then goes with its folder', async () => {
    const name = await make('data');
    await sim.admin.delete(persistentVolumeClaims, 'data', 'default');
    await sim.clock.advance(60_000);
    expect((await claim('data')).metadata.deletionTimestamp).toBeDefined();
    expect(await volume(name)).toBe('Bound');
    await sim.admin.delete(pods, 'data-pod', 'default');
    await sim.clock.advance(10_000);
    expect(await phaseOf(claim('data') as Promise<never>)).toBe('gone');
    expect(await volume(name)).toBe('gone');
    expect(sim.volumes.folders.size).toBe(0);
  });

  test('keeps its folder where its volume is to be retained', async () => {
    const name = await make('data');
    const retain = { spec: { persistentVolumeReclaimPolicy: 'Retain' } };
    await sim.admin.patch(persistentVolumes, { name }, 'merge', retain);
    await sim.admin.delete(pods, 'data-pod', 'default');
    await sim.admin.delete(persistentVolumeClaims, 'data', 'default');
    await sim.clock.advance(10_000);
    expect(await volume(name)).toBe('Released');
    await sim.admin.delete(persistentVolumes, name);
    await sim.clock.advance(1_000);
    expect(await volume(name)).toBe('gone');
    expect(sim.volumes.folders.size).toBe(1);
  });

  test('grows', async () => {
    const name = await make('data');
    const more = { spec: { resources: { requests: { storage: '3Gi' } } } };
    await sim.admin.patch(
      persistentVolumeClaims,
      { name: 'data', namespace: 'default' },
      'merge',
      more,
    );
    await sim.clock.advance(1_000);
    expect((await claim('data')).status?.capacity).toEqual({ storage: '3Gi' });
    const grown = await sim.admin.get(persistentVolumes, name);
    expect(grown.spec.capacity).toEqual({ storage: '3Gi' });
    expect(await told('data')).toContain('VolumeResizeSuccessful');
  });

  test('is made for an ephemeral volume, and goes with its pod', async () => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    await makePod('user', { ephemeral: { volumeClaimTemplate: { spec } } });
    await sim.clock.advance(10_000);
    expect(await pod('user')).toBe('Running');
    expect((await claim('user-data')).status?.phase).toBe('Bound');
    await sim.admin.delete(pods, 'user', 'default');
    await sim.clock.advance(30_000);
    expect(await phaseOf(claim('user-data') as Promise<never>)).toBe('gone');
    expect(sim.volumes.folders.size).toBe(0);
  });
});

describe('a claim of volumes that are there', () => {
  test('is bound, and its volume released with it', async () => {
    await makeVolume('pv', { storageClassName: 'manual' });
    await makeClaim('data', { storageClassName: 'manual' });
    await sim.clock.advance(1_000);
    expect(await claim('data')).toMatchObject({
      spec: { volumeName: 'pv' },
      status: { phase: 'Bound', capacity: { storage: '5Gi' } },
    });
    await sim.admin.delete(persistentVolumeClaims, 'data', 'default');
    await sim.clock.advance(1_000);
    expect(await volume('pv')).toBe('Released');
    await makeClaim('data', { storageClassName: 'manual' });
    await sim.clock.advance(1_000);
    expect((await claim('data')).status?.phase).toBe('Pending');
  });

  test('gets one that is made later; two claims never share one', async () => {
    await makeClaim('a', { storageClassName: 'manual' });
    await makeClaim('b', { storageClassName: 'manual' });
    await sim.clock.advance(1_000);
    await makeVolume('pv', { storageClassName: 'manual' });
    await sim.clock.advance(1_000);
    const phases = [(await claim('a')).status?.phase, (await claim('b')).status?.phase];
    expect(phases.sort()).toEqual(['Bound', 'Pending']);
  });

  test('takes one that waits with it for a pod', async () => {
    await sim.admin.create(storageClasses, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'disks' },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    await makeVolume('pv', { storageClassName: 'disks' });
    await makeClaim('data', { storageClassName: 'disks' });
    await sim.clock.advance(1_000);
    expect(await volume('pv')).toBe('Available');
    await makePod('user', uses('data'));
    await sim.clock.advance(5_000);
    expect([await volume('pv'), await pod('user')]).toEqual(['Bound', 'Running']);
  });

  test('that nobody made are not deleted by themselves', async () => {
    await makeVolume('pv', { storageClassName: 'manual', persistentVolumeReclaimPolicy: 'Delete' });
    await makeClaim('data', { storageClassName: 'manual' });
    await sim.clock.advance(1_000);
    await sim.admin.delete(persistentVolumeClaims, 'data', 'default');
    await sim.clock.advance(1_000);
    expect(await volume('pv')).toBe('Failed');
    expect(await told('pv')).toEqual(['VolumeFailedDelete']);
  });
});

test('a namespace that goes takes claims in use with it', async () => {
  await sim.admin.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'short' },
    spec: {},
  });
  await sim.clock.advance(1_000);
  await makeClaim('data', {}, 'short');
  await makePod('user', uses('data'), 'short');
  await sim.clock.advance(5_000);
  expect(sim.volumes.folders.size).toBe(1);
  await sim.admin.delete(namespaces, 'short');
  await sim.clock.advance(120_000);
  await expect(sim.admin.get(namespaces, 'short')).rejects.toThrow('not found');
  expect(sim.volumes.folders.size).toBe(0);
});

describe('a pod', () => {
  test('waits for its claim to be there', async () => {
    await makePod('user', uses('data'));
    await sim.clock.advance(1_000);
    const waiting = await sim.admin.get(pods, 'user', 'default');
    expect(waiting.status?.conditions?.[0]?.message).toContain(
      '0/1 nodes are available: persistentvolumeclaim "data" not found.',
    );
    await makeClaim('data');
    await sim.clock.advance(10_000);
    expect(await pod('user')).toBe('Running');
  });

  test('that goes while it waits for its volume leaves nothing', async () => {
    await sim.admin.create(storageClasses, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'nobody' },
      provisioner: 'example.com/nobody',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    await makeClaim('data', { storageClassName: 'nobody' });
    await makePod('user', uses('data'));
    await sim.clock.advance(30_000);
    expect(await pod('user')).toBe('Pending');
    expect(await told('data')).toContain('ExternalProvisioning');
    await sim.admin.delete(pods, 'user', 'default');
    await sim.clock.advance(1_000);
    expect(await pod('user')).toBe('gone');
    expect(await told('user')).toEqual([]);
  });

  test('has a claim of mode ReadWriteOncePod to itself', async () => {
    await makeClaim('data', { accessModes: ['ReadWriteOncePod'] });
    await makePod('first', uses('data'));
    await sim.clock.advance(5_000);
    await makePod('second', uses('data'));
    await sim.clock.advance(5_000);
    expect([await pod('first'), await pod('second')]).toEqual(['Running', 'Pending']);
    await sim.admin.delete(pods, 'first', 'default');
    await sim.clock.advance(20_000);
    expect(await pod('second')).toBe('Running');
  });
});
