import { describe, expect, test } from 'vitest';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../../generated/types.ts';
import { matchVolume } from '../../objects/core/match-volume.ts';
import { boundClaim, boundStatus, boundVolume } from './bind-objects.ts';
import { type ClaimPlan, planClaim } from './plan-claim.ts';
import { planVolume, unbound } from './plan-volume.ts';
import { holdsClaim, planProtection } from './protection.ts';

const UID = 'claim-uid';

interface Fields {
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
}

function claim({ metadata, spec, status }: Fields = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default', uid: UID, ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '2Gi' } },
      storageClassName: 'slow',
      ...spec,
    },
    status: { phase: 'Pending', ...status },
  };
}

function volume(name: string, { metadata, spec, status }: Fields = {}): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '5Gi' },
      storageClassName: 'slow',
      persistentVolumeReclaimPolicy: 'Retain',
      ...spec,
    },
    status: { phase: 'Available', ...status },
  };
}

const REF = { name: 'data', namespace: 'default', uid: UID };
const COMPLETED = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } };
const PROVISIONED = { annotations: { 'pv.kubernetes.io/provisioned-by': 'example.com/disk' } };

function storageClass(name: string, fields: Partial<StorageClass> = {}): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'example.com/disk',
    volumeBindingMode: 'Immediate',
    ...fields,
  };
}

const LATE = storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' });
const CLASSES = [storageClass('slow'), LATE];

/** A plan in a word and its text. */
function planOf(
  wanted: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  pods: readonly string[] = [],
): string {
  const plan: ClaimPlan = planClaim(wanted, {
    volumes,
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    storageClass: (name) => CLASSES.find(({ metadata }) => metadata.name === name),
    waitingPods: () => pods,
  });
  if (plan.type === 'bind') return `bind ${plan.volume.metadata.name}`;
  return [plan.type, plan.event?.reason, plan.event?.message].filter(Boolean).join(' ');
}

describe('a claim', () => {
  test.each<[string, PersistentVolumeClaim, PersistentVolume[], string]>([
    ['takes a volume that does', claim(), [volume('v')], 'bind v'],
    [
      'takes the smallest of them',
      claim(),
      [volume('a'), volume('b', { spec: { capacity: { storage: '2Gi' } } }), volume('c')],
      'bind b',
    ],
    [
      'takes no volume of another class, size, mode or phase, nor one that is going',
      claim({ spec: { storageClassName: '' } }),
      [
        volume('class'),
        volume('size', { spec: { storageClassName: '', capacity: { storage: '1Gi' } } }),
        volume('access', { spec: { storageClassName: '', accessModes: ['ReadOnlyMany'] } }),
        volume('mode', { spec: { storageClassName: '', volumeMode: 'Block' } }),
        volume('phase', { spec: { storageClassName: '' }, status: { phase: 'Released' } }),
        volume('going', {
          spec: { storageClassName: '' },
          metadata: { deletionTimestamp: '2026-01-02T03:04:05Z' },
        }),
      ],
      'wait FailedBinding no persistent volumes available for this claim and no storage class is set',
    ],
    [
      'takes what its selector chooses',
      claim({ spec: { selector: { matchLabels: { tier: 'gold' } } } }),
      [volume('a'), volume('b', { metadata: { labels: { tier: 'gold' } } })],
      'bind b',
    ],
    [
      'takes a volume that names it before all others, whatever its class',
      claim(),
      [
        volume('a'),
        volume('b', {
          spec: { storageClassName: '', claimRef: { name: 'data', namespace: 'default' } },
        }),
      ],
      'bind b',
    ],
    [
      'has a volume made',
      claim(),
      [],
      "wait ExternalProvisioning Waiting for a volume to be created either by the external provisioner 'example.com/disk' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
    ],
    [
      'says that its class is not there',
      claim({ spec: { storageClassName: 'none' } }),
      [],
      'wait ProvisioningFailed storageclass.storage.k8s.io "none" not found',
    ],
    [
      'waits for a pod, whatever volumes there are',
      claim({ spec: { storageClassName: 'late' } }),
      [volume('v', { spec: { storageClassName: 'late' } })],
      'wait WaitForFirstConsumer waiting for first consumer to be created before binding',
    ],
    [
      'says which volume it may not have',
      claim({ spec: { volumeName: 'v' } }),
      [volume('v', { spec: { capacity: { storage: '1Gi' } } })],
      'wait VolumeMismatch Cannot bind to requested volume "v": requested PV is too small',
    ],
    [
      'says which volume is taken',
      claim({ spec: { volumeName: 'v' } }),
      [volume('v', { spec: { claimRef: { ...REF, name: 'other' } } })],
      'wait FailedBinding volume "v" already bound to a different claim.',
    ],
    ['waits for the volume it names', claim({ spec: { volumeName: 'v' } }), [], 'wait'],
    [
      'that is bound loses a volume that is gone',
      claim({ metadata: COMPLETED, spec: { volumeName: 'v' } }),
      [],
      'lost ClaimLost Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    ],
    [
      'that is bound loses a volume that is bound to another',
      claim({ metadata: COMPLETED, spec: { volumeName: 'v' } }),
      [volume('v', { spec: { claimRef: { ...REF, uid: 'other' } } })],
      'lost ClaimMisbound Two claims are bound to the same volume, this one is bound incorrectly',
    ],
  ])('%s', (_name, wanted, volumes, plan) => {
    expect(planOf(wanted, volumes)).toBe(plan);
  });

  test('names the pods that wait with it', () => {
    const wanted = claim({ spec: { storageClassName: 'late' } });
    expect(planOf(wanted, [], ['a', 'b'])).toBe(
      'wait WaitForPodScheduled waiting for pod a,b to be scheduled',
    );
  });

  test('prefers volumes with the fewest access modes', () => {
    const many = volume('many', {
      spec: { accessModes: ['ReadWriteOnce', 'ReadWriteMany'], capacity: { storage: '2Gi' } },
    });
    expect(matchVolume(claim(), [many, volume('one')])?.metadata.name).toBe('one');
  });
});

describe('a volume', () => {
  const bound = (policy: string, metadata: object = {}, phase = 'Bound') =>
    volume('v', {
      metadata,
      spec: { claimRef: REF, persistentVolumeReclaimPolicy: policy },
      status: { phase },
    });
  test.each<[string, PersistentVolume, PersistentVolumeClaim | undefined, object]>([
    ['is available', volume('v'), undefined, { type: 'phase', phase: 'Available' }],
    [
      'is available to the claim it is reserved for',
      volume('v', { spec: { claimRef: { name: 'data', namespace: 'default' } } }),
      undefined,
      { type: 'phase', phase: 'Available' },
    ],
    ['is about to be bound', bound('Retain'), claim(), { type: 'claim' }],
    [
      'is bound',
      bound('Retain'),
      claim({ spec: { volumeName: 'v' } }),
      { type: 'phase', phase: 'Bound' },
    ],
    [
      'is free again when its claim went elsewhere',
      bound('Retain'),
      claim({ spec: { volumeName: 'w' } }),
      { type: 'unbind' },
    ],
    [
      'that was made for a claim which went elsewhere goes',
      bound('Delete', PROVISIONED),
      claim({ spec: { volumeName: 'w' } }),
      { type: 'release', failure: null },
    ],
    ['is released', bound('Retain'), undefined, { type: 'release', failure: null }],
    ['is left to who made it', bound('Delete', PROVISIONED), undefined, { failure: null }],
    [
      'is not deleted where nobody made it',
      bound('Delete'),
      undefined,
      {
        failure: {
          reason: 'VolumeFailedDelete',
          message:
            'error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
        },
      },
    ],
    [
      'is not recycled',
      bound('Recycle'),
      undefined,
      {
        failure: {
          reason: 'VolumeFailedRecycle',
          message: 'No recycler plugin found for the volume!',
        },
      },
    ],
  ])('%s', (_name, subject, its, plan) => {
    expect(planVolume(subject, its)).toMatchObject(plan);
  });

  test('that a user reserved stays reserved', () => {
    const { uid: _uid, ...byName } = REF;
    expect(unbound(volume('v', { spec: { claimRef: REF } })).spec.claimRef).toEqual(byName);
    const chosen = { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } };
    const free = unbound(volume('v', { metadata: chosen, spec: { claimRef: REF } }));
    expect([free.spec.claimRef, free.metadata.annotations]).toEqual([undefined, {}]);
  });
});

test('binding says who chose, and is repeated without change', () => {
  const held = boundVolume(volume('v'), claim())!;
  expect(held.spec.claimRef).toMatchObject({ ...REF, kind: 'PersistentVolumeClaim' });
  expect(held.metadata.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
  const holder = boundClaim(claim(), held)!;
  expect(holder.spec.volumeName).toBe('v');
  expect(holder.metadata.annotations).toEqual({
    'pv.kubernetes.io/bound-by-controller': 'yes',
    'pv.kubernetes.io/bind-completed': 'yes',
  });
  expect(boundStatus(holder, held)).toEqual({
    phase: 'Bound',
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '5Gi' },
  });
  expect([boundVolume(held, holder), boundClaim(holder, held)]).toEqual([null, null]);
});

describe('protection', () => {
  const going = { deletionTimestamp: '2026-01-02T03:04:05Z', finalizers: ['f'] };
  test.each<[string, object, boolean, string]>([
    ['is added where it lacks', {}, false, 'add'],
    ['stays', { finalizers: ['f'] }, false, 'keep'],
    ['holds what is used', going, true, 'keep'],
    ['ends with the last use', going, false, 'remove'],
  ])('%s', (_name, metadata, isUsed, plan) => {
    expect(planProtection(metadata, 'f', () => isUsed)).toBe(plan);
  });

  test.each<[string, object, string, boolean]>([
    ['with a node', { nodeName: 'n' }, 'Running', true],
    ['that ended, until it is gone', { nodeName: 'n' }, 'Succeeded', true],
    ['without node does not', {}, 'Pending', false],
  ])('a pod %s holds its claim', (_name, spec, phase, holds) => {
    const volumes = [{ name: 'x', persistentVolumeClaim: { claimName: 'data' } }];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [], volumes, ...spec },
      status: { phase },
    } satisfies Pod;
    expect(holdsClaim(pod, 'data')).toBe(holds);
    expect(holdsClaim(pod, 'other')).toBe(false);
  });
});
