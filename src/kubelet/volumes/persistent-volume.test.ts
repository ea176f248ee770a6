import { describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../generated/types.ts';
import { SimDisk } from '../../sim/disk.ts';
import { simNodePaths } from '../../sim/node-paths.ts';
import type { PathKind } from '../node-paths.ts';
import { persistentVolumeClaim } from './persistent-volume.ts';
import { MountError, type VolumeContext } from './volume-type.ts';

const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: { 'kubernetes.io/hostname': 'n' } },
  spec: {},
};
const VOLUME = { name: 'data', persistentVolumeClaim: { claimName: 'c' } };

interface World {
  readonly claim?: Partial<PersistentVolumeClaim> | null;
  readonly spec?: Partial<PersistentVolume['spec']>;
  readonly pod?: Partial<Pod['spec']>;
  readonly kind?: PathKind | null;
}

/** Which path is mounted, or why none is, and what group its files were given to. */
async function mount({ claim = {}, spec = {}, pod = {}, kind = 'directory' }: World) {
  const affinity = { key: 'kubernetes.io/hostname', operator: 'In', values: ['n'] };
  const objects: Readonly<Record<string, unknown>> = {
    nodes: NODE,
    persistentvolumeclaims: claim && {
      metadata: { name: 'c', namespace: 'default', uid: 'u' },
      spec: { volumeName: 'v' },
      status: { phase: 'Bound' },
      ...claim,
    },
    persistentvolumes: {
      metadata: { name: 'v' },
      spec: {
        claimRef: { uid: 'u' },
        local: { path: '/x' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [affinity] }] } },
        ...spec,
      },
    },
  };
  const groups: string[] = [];
  const context = {
    pod: {
      metadata: { name: 'p', namespace: 'default', uid: 'pod' },
      spec: { containers: [], volumes: [VOLUME], ...pod },
    },
    node: {
      nodeName: 'n',
      client: {
        get: ({ plural }: { plural: string }, name: string) => {
          if (objects[plural]) return Promise.resolve(objects[plural]);
          return Promise.reject(new Error(`${plural} "${name}" not found`));
        },
      },
      edges: {
        paths: {
          ...simNodePaths(new SimDisk()),
          kindOf: () => Promise.resolve(kind),
          setGroup: (path: string, group: number, onlyOnMismatch: boolean) => {
            groups.push(`${path} ${group} ${onlyOnMismatch}`);
            return Promise.resolve();
          },
        },
      },
    },
  } as unknown as VolumeContext;
  try {
    const { path, readOnly } = await persistentVolumeClaim.mount(VOLUME, context);
    return { path, readOnly, groups };
  } catch (error) {
    if (!(error instanceof MountError) || !error.isWhole) throw error;
    return { why: error.message };
  }
}

const START =
  'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: ';

describe('a claim', () => {
  test.each<[string, World, string]>([
    [
      'that is not there',
      { claim: null },
      `${START}error processing PVC default/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found`,
    ],
    [
      'that goes',
      { claim: { metadata: { uid: 'u', deletionTimestamp: '2026-01-02T03:04:05Z' } } },
      `${START}error processing PVC default/c: PVC is being deleted`,
    ],
    [
      'without volume',
      { claim: { status: { phase: 'Pending' } } },
      `${START}error processing PVC default/c: PVC is not bound`,
    ],
    [
      'whose volume is for another',
      { spec: { claimRef: { uid: 'other' } } },
      `${START}found PV object "v" but its pv.Spec.ClaimRef.UID "other" does not point to claim.UID "u"`,
    ],
    [
      'used as a device',
      { pod: { containers: [{ name: 'c', volumeDevices: [{ name: 'data', devicePath: '/d' }] }] } },
      `${START}volume data has volumeMode Filesystem, but is specified in volumeDevices`,
    ],
    [
      'of mode Block used as a folder',
      {
        spec: { volumeMode: 'Block' },
        pod: { containers: [{ name: 'c', volumeMounts: [{ name: 'data', mountPath: '/d' }] }] },
      },
      `${START}volume data has volumeMode Block, but is specified in volumeMounts`,
    ],
    [
      'of mode Block',
      { spec: { volumeMode: 'Block' } },
      'MapVolume.MapPodDevice failed for volume "v" : volumes of mode Block are not supported by this node',
    ],
    [
      'whose volume has mount options',
      { spec: { mountOptions: ['noexec'] } },
      'MountVolume.MountOptionSupport check failed for volume "v" : Mount options are not supported for this volume type',
    ],
    [
      'whose volume is elsewhere',
      { spec: { nodeAffinity: { required: { nodeSelectorTerms: [] } } } },
      'MountVolume.NodeAffinity check failed for volume "v" : no matching NodeSelectorTerms',
    ],
    [
      'whose folder is gone',
      { kind: null },
      'MountVolume.NewMounter initialization failed for volume "v" : path "/x" does not exist',
    ],
    [
      'of another type',
      { spec: { local: undefined, nfs: { server: 's', path: '/' } } },
      'MountVolume.SetUp failed for volume "v" : volumes of type nfs are not supported by this node',
    ],
    [
      'whose hostPath is not what it says',
      { spec: { local: undefined, hostPath: { path: '/x', type: 'File' } } },
      'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /x is not a file',
    ],
  ])('%s is not mounted', async (_name, world, why) => {
    expect(await mount(world)).toEqual({ why });
  });
});

describe('the group of a pod', () => {
  test.each<[string, object, object, string[]]>([
    ['is given a local volume', { fsGroup: 5 }, {}, ['/x 5 false']],
    [
      'is given it on a mismatch alone',
      { fsGroup: 5, fsGroupChangePolicy: 'OnRootMismatch' },
      {},
      ['/x 5 true'],
    ],
    ['is not given a hostPath', { fsGroup: 5 }, { local: undefined, hostPath: { path: '/x' } }, []],
    ['need not be', {}, {}, []],
  ])('%s', async (_name, securityContext, spec, groups) => {
    expect(await mount({ pod: { securityContext }, spec })).toEqual({
      path: '/x',
      readOnly: false,
      groups,
    });
  });
});
