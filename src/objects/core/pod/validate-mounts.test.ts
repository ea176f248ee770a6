import { describe, expect, test } from 'vitest';
import { complaints, containerComplaints } from './complaints.ts';

function ofMounts(mounts: object[], more: object = {}): readonly string[] {
  const volumes = [{ name: 'v', emptyDir: {} }];
  return containerComplaints({ volumeMounts: mounts, ...more }, { volumes });
}

describe('mounts', () => {
  const M = 'spec.containers[0].volumeMounts';
  const at = { name: 'v', mountPath: '/a' };

  test.each<[string, object[], object, string[]]>([
    ['unknown volume', [{ name: 'x', mountPath: '/a' }], {}, [`${M}[0].name: Not found: "x"`]],
    [
      'no name',
      [{ mountPath: '/a' }],
      {},
      [`${M}[0].name: Required value`, `${M}[0].name: Not found: ""`],
    ],
    ['no path', [{ name: 'v' }], {}, [`${M}[0].mountPath: Required value`]],
    ['the same path', [at, at], {}, [`${M}[1].mountPath: Invalid value: "/a": must be unique`]],
    [
      'sub path',
      [{ ...at, subPath: '/b' }],
      {},
      [`${M}.subPath: Invalid value: "/b": must be a relative path`],
    ],
    [
      'both sub paths',
      [{ ...at, subPath: 'b', subPathExpr: 'c' }],
      {},
      [`${M}[0].subPathExpr: Invalid value: "c": subPathExpr and subPath are mutually exclusive`],
    ],
    [
      'propagation',
      [{ ...at, mountPropagation: 'Bidirectional' }],
      {},
      [
        `${M}.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
      ],
    ],
    [
      'privileged propagation',
      [{ ...at, mountPropagation: 'Bidirectional' }],
      { securityContext: { privileged: true } },
      [],
    ],
    [
      'recursive read only',
      [{ ...at, recursiveReadOnly: 'Enabled' }],
      {},
      [`${M}.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`],
    ],
    [
      'device of a directory',
      [],
      { volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] },
      [
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      ],
    ],
  ])('%s', (_, mounts, more, expected) => {
    expect(ofMounts(mounts, more)).toEqual(expected);
  });

  test('a bad volume cannot be mounted', () => {
    const volumeMounts = [{ name: 'v', mountPath: '/a' }];
    const spec = {
      containers: [{ name: 'c', image: 'i', volumeMounts }],
      volumes: [{ name: 'v', secret: {} }],
    };
    expect(complaints(spec)).toEqual([
      'spec.volumes[0].secret.secretName: Required value',
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ]);
  });
});
