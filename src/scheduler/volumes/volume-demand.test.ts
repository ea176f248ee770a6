import { describe, expect, test } from 'vitest';
import { seededPrng } from '../../base/prng.ts';
import type {
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../generated/types.ts';
import { ClusterCache } from '../cluster-cache.ts';
import { explain } from '../explain.ts';
import { demandOf } from '../node-state.ts';
import { pickNode } from '../pick-node.ts';
import { decideClaims, type VolumeView, volumeDemandOf } from './volume-demand.ts';

const NODE: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'n' } },
  spec: {},
  status: { allocatable: { cpu: '2', memory: '2Gi', pods: '3' } },
};
const COMPLETED = { 'pv.kubernetes.io/bind-completed': 'yes' };
const LATE: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'late' },
  provisioner: 'example.com/disk',
  volumeBindingMode: 'WaitForFirstConsumer',
};

function pod(name: string, volume: object = { persistentVolumeClaim: { claimName: 'data' } }): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: { containers: [{ name: 'c' }], volumes: [{ name: 'v', ...volume }] },
  };
}

function claim(metadata: object = {}, spec: object = {}, status = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default', uid: 'u', ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'late',
      ...spec,
    },
    status,
  };
}

function volume(name: string, hostname: string): PersistentVolume {
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      storageClassName: 'late',
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
    },
    status: { phase: 'Available' },
  };
}

interface World {
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly storageClass?: StorageClass | null;
  readonly isUsed?: boolean;
}

function view({
  claims = [],
  volumes = [],
  storageClass = LATE,
  isUsed = false,
}: World): VolumeView {
  return {
    volumes,
    claim: (key) => claims.find(({ metadata }) => `default/${metadata.name}` === key),
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    storageClass: (name) => (name === storageClass?.metadata.name ? storageClass : undefined),
    isTaken: () => false,
    isUsed: () => isUsed,
  };
}

function decide(wanted: Pod, world: World): string {
  const cache = new ClusterCache();
  cache.setNode(NODE);
  const demand = demandOf(wanted, volumeDemandOf(wanted, view(world)));
  const pick = pickNode(demand, cache.nodes(), seededPrng(1));
  return pick.type === 'node' ? pick.name : explain(wanted, pick.rejections, pick.problem);
}

const HELPLESS =
  'no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
const bound = (name: string, phase = 'Bound') =>
  claim({ annotations: COMPLETED }, { volumeName: name }, { phase });
const ephemeral = pod('p', { ephemeral: {} });

describe('a pod', () => {
  test.each<[string, Pod, World, string]>([
    ['without its claim', pod('p'), {}, 'persistentvolumeclaim "data" not found'],
    [
      'without the claim that is made for it',
      ephemeral,
      {},
      'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"',
    ],
    [
      'whose claim was made for somebody else',
      ephemeral,
      { claims: [claim({ name: 'p-v' })] },
      'PVC default/p-v was not created for pod default/p (pod is not owner)',
    ],
    [
      'whose claim goes',
      pod('p'),
      { claims: [claim({ deletionTimestamp: '2026-01-02T03:04:05Z' })] },
      'persistentvolumeclaim "data" is being deleted',
    ],
    [
      'whose claim lost its volume',
      pod('p'),
      { claims: [claim({}, { volumeName: 'v' }, { phase: 'Lost' })] },
      'persistentvolumeclaim "data" bound to non-existent persistentvolume "v"',
    ],
    [
      'whose claim is not bound yet',
      pod('p'),
      { claims: [claim()], storageClass: null },
      'pod has unbound immediate PersistentVolumeClaims',
    ],
    [
      'whose claim names its volume and is not bound yet',
      pod('p'),
      { claims: [claim({}, { volumeName: 'v' })] },
      'pod has unbound immediate PersistentVolumeClaims',
    ],
    [
      'whose volume is elsewhere',
      pod('p'),
      { claims: [bound('v')], volumes: [volume('v', 'm')] },
      "1 node(s) didn't match PersistentVolume's node affinity",
    ],
    [
      'whose volume is gone',
      pod('p'),
      { claims: [bound('v')] },
      '1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
    ],
    [
      'for which nobody makes a volume',
      pod('p'),
      {
        claims: [claim()],
        volumes: [volume('v', 'm')],
        storageClass: { ...LATE, provisioner: 'kubernetes.io/no-provisioner' },
      },
      "1 node(s) didn't find available persistent volumes to bind",
    ],
    [
      'whose volume is to be made on another node',
      pod('p'),
      { claims: [claim({ annotations: { 'volume.kubernetes.io/selected-node': 'm' } })] },
      "1 node(s) didn't find available persistent volumes to bind",
    ],
  ])('%s has no place', (_name, wanted, world, why) => {
    expect(decide(wanted, world)).toBe(`0/1 nodes are available: ${why}. ${HELPLESS}`);
  });

  test.each<[string, World]>([
    ['its volume is', { claims: [bound('v')], volumes: [volume('v', 'n')] }],
    ['there is a volume', { claims: [claim()], volumes: [volume('v', 'n')] }],
    ['its volume can be made', { claims: [claim()], volumes: [volume('v', 'm')] }],
  ])('goes where %s', (_name, world) => {
    expect(decide(pod('p'), world)).toBe('n');
  });

  test('has a claim of its own alone', () => {
    const claims = [
      claim(
        { annotations: COMPLETED },
        {
          volumeName: 'v',
          accessModes: ['ReadWriteOncePod'],
        },
      ),
    ];
    const world = { claims, volumes: [volume('v', 'n')] };
    expect(decide(pod('p'), world)).toBe('n');
    expect(decide(pod('p'), { ...world, isUsed: true })).toContain(
      '1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.',
    );
  });
});

test('two claims of a pod get a volume each', () => {
  const wanted = pod('p');
  wanted.spec.volumes?.push({ name: 'w', persistentVolumeClaim: { claimName: 'more' } });
  const claims = [claim(), claim({ name: 'more', uid: 'm' })];
  const demand = volumeDemandOf(wanted, view({ claims, volumes: [volume('v', 'n')] }))!;
  expect(decideClaims(demand, NODE)?.map(({ type }) => type)).toEqual(['volume', 'provision']);
});

test('a claim that is about to be shown as bound is waited for', () => {
  const world = { claims: [bound('v', 'Pending')], volumes: [volume('v', 'n')] };
  expect(decide(pod('p'), world)).toBe('n');
  const demand = volumeDemandOf(pod('p'), view(world))!;
  expect(decideClaims(demand, NODE)?.map(({ type }) => type)).toEqual(['wait']);
});

test('the cache knows which claims are used', () => {
  const cache = new ClusterCache();
  const user = pod('p');
  cache.assume(demandOf(user), 'n');
  expect(cache.usesClaim('default/data')).toBe(true);
  cache.removePod(user);
  expect(cache.usesClaim('default/data')).toBe(false);
});
