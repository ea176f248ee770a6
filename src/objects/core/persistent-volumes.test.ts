import { describe, expect, test } from 'vitest';
import { storageClassKind } from '../storage/storage-class.ts';
import { persistentVolumeKind } from './persistent-volume.ts';
import { persistentVolumeClaimKind } from './persistent-volume-claim.ts';
import { created, row, updated } from './written.ts';

const volume = (spec: object = {}, fields: object = {}) => ({
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: '/data' },
    ...spec,
  },
  ...fields,
});
const claim = (spec: object = {}, fields: object = {}) => ({
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  },
  ...fields,
});
const storageClass = (fields: object = {}) => ({ provisioner: 'example.com/disk', ...fields });
const TERM = {
  matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n'] }],
};

describe('a new PersistentVolume', () => {
  test('gets upstream defaults, and its status from the server', () => {
    const { object, errors } = created(
      persistentVolumeKind,
      volume({ capacity: { storage: '1024Mi' } }, { status: { phase: 'Bound' } }),
    );
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      spec: {
        capacity: { storage: '1Gi' },
        hostPath: { path: '/data', type: '' },
        persistentVolumeReclaimPolicy: 'Retain',
        volumeMode: 'Filesystem',
      },
      status: { phase: 'Pending', lastPhaseTransitionTime: '2026-01-02T03:04:05Z' },
    });
  });

  test.each<[string, object, string[]]>([
    ['needs access modes', { accessModes: [] }, ['spec.accessModes: Required value']],
    [
      'cannot share ReadWriteOncePod',
      { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    [
      'needs a capacity',
      { capacity: undefined },
      [
        'spec.capacity: Required value',
        'spec.capacity: Unsupported value: {}: supported values: "storage"',
      ],
    ],
    [
      'needs a capacity of more than nothing',
      { capacity: { storage: '0' } },
      ['spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
    ],
    [
      'needs a source',
      { hostPath: undefined },
      ['spec: Required value: must specify a volume type'],
    ],
    [
      'has one source',
      { nfs: { server: 's', path: '/' } },
      ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'is pinned to nodes when it is local',
      { hostPath: undefined, local: { path: '/x' } },
      ['metadata.annotations: Required value: Local volume requires node affinity'],
    ],
    [
      'may be local to a node',
      {
        hostPath: undefined,
        local: { path: '/x' },
        nodeAffinity: { required: { nodeSelectorTerms: [TERM] } },
      },
      [],
    ],
    [
      'has a known reclaim policy',
      { persistentVolumeReclaimPolicy: 'Keep' },
      [
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": ' +
          'supported values: "Delete", "Recycle", "Retain"',
      ],
    ],
    [
      'may not have the root of the node recycled',
      { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
      [
        "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
      ],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(created(persistentVolumeKind, volume(spec)).errors).toEqual(expected);
  });

  test('is warned of what is deprecated', () => {
    const { object } = created(
      persistentVolumeKind,
      volume({ persistentVolumeReclaimPolicy: 'Recycle' }),
    );
    expect(persistentVolumeKind.warnings?.(object)).toEqual([
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. ' +
        'Instead, the recommended approach is to use dynamic provisioning.',
    ]);
  });
});

test('the source of a PersistentVolume stays as it is', () => {
  const { errors } = updated(persistentVolumeKind, volume(), volume({ hostPath: { path: '/x' } }));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toContain(
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
  );
});

test('a change of phase gets its time', () => {
  const before = volume({}, { status: { phase: 'Pending' } });
  const after = volume({}, { status: { phase: 'Available' } });
  const { object } = updated(persistentVolumeKind, before, after, 'status');
  expect(object.status).toEqual({
    phase: 'Available',
    lastPhaseTransitionTime: '2026-01-02T03:04:05Z',
  });
});

test('the row of a PersistentVolume', () => {
  const { object } = created(
    persistentVolumeKind,
    volume({
      accessModes: ['ReadOnlyMany', 'ReadWriteOnce'],
      storageClassName: 'standard',
      claimRef: { namespace: 'default', name: 'data' },
    }),
  );
  expect(row(persistentVolumeKind, object)).toMatchObject({
    Name: 'x',
    Capacity: '1Gi',
    'Access Modes': 'RWO,ROX',
    'Reclaim Policy': 'Retain',
    Status: 'Pending',
    Claim: 'default/data',
    StorageClass: 'standard',
    VolumeAttributesClass: '<unset>',
    VolumeMode: 'Filesystem',
  });
});

describe('a PersistentVolumeClaim', () => {
  test('gets upstream defaults', () => {
    const { object, errors } = created(persistentVolumeClaimKind, claim());
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      spec: { volumeMode: 'Filesystem' },
      status: { phase: 'Pending' },
    });
  });

  test.each<[string, object, object, string[]]>([
    ['gets its volume once', claim(), claim({ volumeName: 'v' }), []],
    ['gets its class once', claim(), claim({ storageClassName: 'c' }), []],
    [
      'may grow once it is bound',
      claim({}, { status: { phase: 'Bound', capacity: { storage: '1Gi' } } }),
      claim({ resources: { requests: { storage: '2Gi' } } }),
      [],
    ],
    [
      'does not shrink below what it has',
      claim({}, { status: { phase: 'Bound', capacity: { storage: '1Gi' } } }),
      claim({ resources: { requests: { storage: '1Mi' } } }),
      ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
    ],
    [
      'does not change its volume',
      claim({ volumeName: 'v' }),
      claim({ volumeName: 'w' }),
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and ' +
          'volumeAttributesClassName for bound claims\n- \tvolumeName: "v"\n+ \tvolumeName: "w"\n',
      ],
    ],
    [
      'does not change its access modes',
      claim(),
      claim({ accessModes: ['ReadWriteMany'] }),
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and ' +
          'volumeAttributesClassName for bound claims\n' +
          '- \taccessModes[0]: "ReadWriteOnce"\n+ \taccessModes[0]: "ReadWriteMany"\n',
      ],
    ],
  ])('%s', (_name, before, after, expected) => {
    expect(updated(persistentVolumeClaimKind, before, after).errors).toEqual(expected);
  });

  test('shows its volume once it has one', () => {
    const pending = created(persistentVolumeClaimKind, claim({ storageClassName: 'c' })).object;
    expect(row(persistentVolumeClaimKind, pending)).toMatchObject({
      Status: 'Pending',
      Volume: '',
      Capacity: '',
      'Access Modes': '',
      StorageClass: 'c',
    });
    const bound = {
      ...pending,
      spec: { ...(pending.spec as object), volumeName: 'v' },
      status: { phase: 'Bound', capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'] },
    };
    expect(row(persistentVolumeClaimKind, bound)).toMatchObject({
      Status: 'Bound',
      Volume: 'v',
      Capacity: '2Gi',
      'Access Modes': 'RWO',
    });
  });

  test('fills the newer field of its data source, and drops what the older may not hold', () => {
    const source = { kind: 'PersistentVolumeClaim', name: 'other' };
    const { object } = created(persistentVolumeClaimKind, claim({ dataSource: source }));
    expect(object.spec).toMatchObject({ dataSource: source, dataSourceRef: source });
    const foreign = { apiGroup: 'example.com', kind: 'Thing', name: 'other' };
    const dropped = created(persistentVolumeClaimKind, claim({ dataSource: foreign })).object;
    expect((dropped.spec as { dataSource?: object }).dataSource).toBeUndefined();
  });
});

describe('a StorageClass', () => {
  test('gets upstream defaults', () => {
    const { object, errors } = created(storageClassKind, storageClass());
    expect(errors).toEqual([]);
    expect(object).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  });

  test.each<[string, object, string[]]>([
    ['needs a provisioner', { provisioner: '' }, ['provisioner: Required value']],
    [
      'does not recycle',
      { reclaimPolicy: 'Recycle' },
      ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    ],
    [
      'binds now or later',
      { volumeBindingMode: 'Never' },
      [
        'volumeBindingMode: Unsupported value: "Never": ' +
          'supported values: "Immediate", "WaitForFirstConsumer"',
      ],
    ],
  ])('%s', (_name, fields, expected) => {
    expect(created(storageClassKind, storageClass(fields)).errors).toEqual(expected);
  });

  test('keeps all but its expansion, options and metadata', () => {
    const after = storageClass({ reclaimPolicy: 'Retain', allowVolumeExpansion: true });
    expect(updated(storageClassKind, storageClass(), after).errors).toEqual([
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
    ]);
  });

  test('is shown as the default', () => {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const { object } = created(storageClassKind, storageClass({ metadata: { annotations } }));
    expect(row(storageClassKind, object)).toMatchObject({
      Name: 'x (default)',
      Provisioner: 'example.com/disk',
      ReclaimPolicy: 'Delete',
      VolumeBindingMode: 'Immediate',
      AllowVolumeExpansion: 'false',
    });
  });
});
