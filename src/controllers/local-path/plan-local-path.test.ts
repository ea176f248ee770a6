import { describe, expect, test } from 'vitest';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
} from '../../generated/types.ts';
import {
  folderNameFor,
  LOCAL_PATH,
  PROVISIONER_FINALIZER,
  planGrowth,
  planProvision,
  planRemoval,
  volumeFor,
} from './plan-local-path.ts';

const CLASS: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard' },
  provisioner: LOCAL_PATH,
  reclaimPolicy: 'Delete',
};
const ASKED = { 'volume.kubernetes.io/storage-provisioner': LOCAL_PATH };
const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'host' } },
  spec: {},
};
const GOING = { deletionTimestamp: '2026-01-02T03:04:05Z' };

function claim(metadata: object = {}, spec: object = {}, status = {}): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace: 'default', uid: 'u', annotations: ASKED, ...metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'standard',
      ...spec,
    },
    status,
  };
}

function made(fields: { metadata?: object; spec?: object; phase?: string } = {}): PersistentVolume {
  const volume = volumeFor(claim(), CLASS, '/home/volumes/x', NODE);
  return {
    ...volume,
    metadata: { ...volume.metadata, ...fields.metadata },
    spec: { ...volume.spec, ...fields.spec },
    status: { phase: fields.phase ?? 'Bound' },
  };
}

const chosen = (node: string) => ({
  annotations: { ...ASKED, 'volume.kubernetes.io/selected-node': node },
});

describe('a volume is made', () => {
  test.each<[string, PersistentVolumeClaim, StorageClass | undefined, string]>([
    ['for a claim whose pod goes to this node', claim(chosen('n')), CLASS, 'make'],
    ['for a claim that any node does for', claim(), CLASS, 'make'],
    ['by the other node', claim(chosen('m')), CLASS, 'none'],
    ['only when the binder asks', claim({ annotations: {} }), CLASS, 'none'],
    ['for no claim that goes', claim(GOING), CLASS, 'none'],
    ['for no claim that names one', claim({}, { volumeName: 'v' }), CLASS, 'none'],
    ['for no class of others', claim(), { ...CLASS, provisioner: 'example.com/x' }, 'none'],
    ['for no class that is gone', claim(), undefined, 'none'],
  ])('%s', (_name, subject, storageClass, type) => {
    expect(planProvision(subject, storageClass, 'n').type).toBe(type);
  });

  test.each<[object, string]>([
    [{ volumeMode: 'Block' }, 'volumes of mode Block are not supported'],
    [{ selector: {} }, 'claim.Spec.Selector is not supported'],
    [{ dataSource: { kind: 'X', name: 'x' } }, 'data sources are not supported'],
  ])('not with %j', (spec, why) => {
    expect(planProvision(claim({}, spec), CLASS, 'n')).toEqual({ type: 'refuse', why });
  });

  test.each<[object, string]>([
    [{ mountOptions: ['noexec'] }, 'mount options are not supported'],
    [{ parameters: { nodePath: '/x' } }, 'invalid option "nodePath"'],
  ])('not for a class with %j', (more, why) => {
    const storageClass = { ...CLASS, ...more };
    expect(planProvision(claim({}), storageClass, 'n')).toEqual({ type: 'refuse', why });
  });

  test('as asked, on this node alone', () => {
    expect(made()).toMatchObject({
      metadata: { name: 'pvc-u', finalizers: [PROVISIONER_FINALIZER] },
      spec: {
        capacity: { storage: '1Gi' },
        claimRef: { namespace: 'default', name: 'data', uid: 'u' },
        local: { path: '/home/volumes/x' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'kubernetes.io/hostname', operator: 'In', values: ['host'] },
                ],
              },
            ],
          },
        },
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'standard',
      },
    });
  });

  test('in a folder whose name fits', () => {
    expect(folderNameFor(claim())).toBe('pvc-u_default_data');
    expect(folderNameFor(claim({ name: 'x'.repeat(253) }))).toHaveLength(255);
  });
});

describe('a volume', () => {
  const retain = { persistentVolumeReclaimPolicy: 'Retain' };
  test.each<[string, PersistentVolume, string]>([
    ['that is bound stays', made(), 'keep'],
    ['that is bound stays though it was deleted', made({ metadata: GOING }), 'keep'],
    ['that is released goes', made({ phase: 'Released' }), 'remove'],
    ['that is released may be kept', made({ phase: 'Released', spec: retain }), 'keep'],
    [
      'that was kept and is deleted leaves its folder',
      made({ phase: 'Released', spec: retain, metadata: GOING }),
      'let-go',
    ],
    [
      'that somebody else holds is let go once',
      made({ phase: 'Released', metadata: { ...GOING, finalizers: ['x'] } }),
      'keep',
    ],
    [
      'of others is none of its business',
      made({ phase: 'Released', metadata: { annotations: {} } }),
      'keep',
    ],
  ])('%s', (_name, volume, plan) => {
    expect(planRemoval(volume)).toBe(plan);
  });

  const bound = (storage: string, has: string) =>
    claim(
      {},
      { resources: { requests: { storage } } },
      { phase: 'Bound', capacity: { storage: has } },
    );
  test.each<[string, PersistentVolumeClaim, PersistentVolume, string | null]>([
    ['grows first', bound('2Gi', '1Gi'), made(), 'volume'],
    [
      'has grown, and so does its claim',
      bound('2Gi', '1Gi'),
      made({ spec: { capacity: { storage: '2Gi' } } }),
      'claim',
    ],
    ['is as large as asked', bound('1Gi', '1Gi'), made(), null],
    [
      'of another claim does not grow',
      { ...bound('2Gi', '1Gi'), metadata: { uid: 'o' } },
      made(),
      null,
    ],
    [
      'grows only when it is bound',
      claim({}, { resources: { requests: { storage: '2Gi' } } }),
      made(),
      null,
    ],
  ])('%s', (_name, subject, volume, plan) => {
    expect(planGrowth(subject, volume)).toBe(plan);
  });
});
