import { describe, expect, test } from 'vitest';
import { complaints } from './complaints.ts';

const V = 'spec.volumes[0]';
const SPECIFY_ONE = 'Forbidden: may not specify more than 1 volume type';

function ofVolume(source: object): readonly string[] {
  return complaints({ volumes: [{ name: 'v', ...source }] });
}

describe('volumes', () => {
  test.each<[string, object, string[]]>([
    ['two sources', { emptyDir: {}, configMap: { name: 'a' } }, [`${V}.configMap: ${SPECIFY_ONE}`]],
    [
      'size',
      { emptyDir: { sizeLimit: '-1' } },
      [`${V}.emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity`],
    ],
    ['no path', { hostPath: {} }, [`${V}.hostPath.path: Required value`]],
    [
      'climbing path',
      { hostPath: { path: '/a/../b' } },
      [`${V}.hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    ],
    [
      'path type',
      { hostPath: { path: '/a', type: 'x' } },
      [
        `${V}.hostPath.type: Unsupported value: "x": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"`,
      ],
    ],
    ['secret', { secret: {} }, [`${V}.secret.secretName: Required value`]],
    [
      'mode',
      { secret: { secretName: 'a', defaultMode: 0o1000 } },
      [
        `${V}.secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive`,
      ],
    ],
    [
      'items',
      { configMap: { name: 'a', items: [{ key: '', path: '/x' }] } },
      [
        `${V}.configMap.items[0].key: Required value`,
        `${V}.configMap.items[0].path: Invalid value: "/x": must be a relative path`,
      ],
    ],
    [
      'claim',
      { persistentVolumeClaim: {} },
      [`${V}.persistentVolumeClaim.claimName: Required value`],
    ],
    [
      'nfs',
      { nfs: { server: 's', path: 'a' } },
      [`${V}.nfs.path: Invalid value: "a": must be an absolute path`],
    ],
    ['cloud disk', { gcePersistentDisk: {} }, [`${V}.persistentDisk.pdName: Required value`]],
    [
      'csi',
      { csi: {} },
      [
        `${V}.csi.driver: Required value`,
        expect.stringContaining(
          `${V}.csi.driver: Invalid value: "": a lowercase RFC 1123 subdomain`,
        ) as unknown as string,
      ],
    ],
    [
      'downward file',
      { downwardAPI: { items: [{ path: '..a' }] } },
      [
        `${V}.downwardAPI.path: Invalid value: "..a": must not start with '..'`,
        `${V}.downwardAPI: Required value: one of fieldRef and resourceFieldRef is required`,
      ],
    ],
    [
      'downward container',
      { downwardAPI: { items: [{ path: 'a', resourceFieldRef: { resource: 'limits.cpu' } }] } },
      [`${V}.downwardAPI.resourceFieldRef.containerName: Required value`],
    ],
    [
      'projected twice',
      {
        projected: {
          sources: [
            { secret: { name: 's', items: [{ key: 'a', path: 'p' }] } },
            { configMap: { name: 'm', items: [{ key: 'a', path: 'p' }] } },
          ],
        },
      },
      [`${V}.projected: Invalid value: "m": conflicting duplicate paths`],
    ],
    [
      'projected of what is not there',
      { projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'p' } }] } },
      [`${V}.projected.sources[0].clusterTrustBundle: Forbidden: this cluster has no such source`],
    ],
    [
      'projected two in one',
      { projected: { sources: [{ secret: { name: 's' }, configMap: { name: 'm' } }] } },
      [`${V}.projected.sources[0]: Forbidden: may not specify more than 1 volume type per source`],
    ],
    [
      'token',
      { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 1 } }] } },
      [
        `${V}.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes`,
        `${V}.projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set`,
      ],
    ],
    [
      'image, off in this version',
      { image: { reference: 'a' } },
      [`${V}: Required value: must specify a volume type`],
    ],
    ['ephemeral', { ephemeral: {} }, [`${V}.ephemeral.volumeClaimTemplate: Required value`]],
    [
      'ephemeral claim',
      { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['x'] } } } },
      [
        `${V}.ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "x": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"`,
        `${V}.ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value`,
      ],
    ],
    [
      'iscsi',
      { iscsi: { targetPortal: 'p', iqn: 'x', lun: 256 } },
      [
        `${V}.iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa`,
        `${V}.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive`,
      ],
    ],
    [
      'flex options',
      { flexVolume: { driver: 'd', options: { 'a.k8s.io/b': '' } } },
      [
        `${V}.flexVolume.options[a.k8s.io/b]: Invalid value: "a.k8s.io/b": kubernetes.io and k8s.io namespaces are reserved`,
      ],
    ],
    [
      'azure disk',
      { azureDisk: { diskName: 'a', diskURI: 'x', kind: 'Managed' } },
      [
        `${V}.azureDisk.diskURI: Unsupported value: "x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"`,
      ],
    ],
  ])('%s', (_, source, expected) => {
    expect(ofVolume(source)).toEqual(expected);
  });

  test('names', () => {
    const volumes = [{ name: 'a' }, { name: 'a' }, {}, { name: 'A' }];
    expect(complaints({ volumes })).toEqual([
      'spec.volumes[1].name: Duplicate value: "a"',
      'spec.volumes[2].name: Required value',
      expect.stringContaining(
        'spec.volumes[3].name: Invalid value: "A": a lowercase RFC 1123 label',
      ),
    ]);
  });
});
