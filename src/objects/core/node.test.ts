import { describe, expect, test } from 'vitest';
import { nodeKind } from './node.ts';
import { created, row, updated } from './written.ts';

test('defaults', () => {
  const { object, errors } = created(nodeKind, {
    spec: { podCIDR: '10.42.0.0/24' },
    status: { capacity: { cpu: '2' } },
  });
  expect(errors).toEqual([]);
  expect(object).toMatchObject({
    spec: { podCIDRs: ['10.42.0.0/24'] },
    status: { allocatable: { cpu: '2' }, daemonEndpoints: { kubeletEndpoint: { Port: 0 } } },
  });
});

describe('validation', () => {
  test.each<[string, object, string[]]>([
    [
      'taints',
      {
        spec: {
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a', effect: 'NoSchedule' },
            { key: 'b', effect: 'Never' },
            { key: 'c' },
          ],
        },
      },
      [
        'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
        'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        'metadata.taints[3].effect: Required value',
      ],
    ],
    [
      'resources',
      { status: { capacity: { cpu: '-1', pods: '500m' } } },
      [
        'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.capacity.pods: Invalid value: "500m": must be an integer',
        'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.pods: Invalid value: "500m": must be an integer',
      ],
    ],
    [
      'pod networks',
      { spec: { podCIDRs: ['10.0.0.0/8', '10.0.0.0/8'] } },
      [
        'spec.podCIDRs: Invalid value: ["10.0.0.0/8","10.0.0.0/8"]: may specify no more than one CIDR for each IP family',
        'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/8"',
      ],
    ],
  ])('of %s', (_name, fields, errors) => {
    expect(created(nodeKind, fields).errors).toEqual(errors);
  });

  test('of updates', () => {
    const old = { spec: { podCIDR: '10.0.0.0/8', providerID: 'a' } };
    const { errors } = updated(nodeKind, old, { spec: { podCIDR: '10.0.0.0/9', providerID: 'b' } });
    expect(errors).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]);
  });
});

test.each<[string, object, object]>([
  [
    'nothing known',
    {},
    { Status: 'Unknown', Roles: '<none>', 'Internal-IP': '<none>', 'OS-Image': '<unknown>' },
  ],
  [
    'a cordoned control plane',
    {
      metadata: {
        labels: {
          'node-role.kubernetes.io/worker': '',
          'node-role.kubernetes.io/control-plane': 'true',
        },
        creationTimestamp: '2026-01-02T03:03:05Z',
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [
          { type: 'Hostname', address: 'x' },
          { type: 'InternalIP', address: '1.2.3.4' },
        ],
        nodeInfo: { kubeletVersion: 'v1.34.0', osImage: 'Debian' },
      },
    },
    {
      Status: 'Ready,SchedulingDisabled',
      Roles: 'control-plane,worker',
      Age: '60s',
      Version: 'v1.34.0',
      'Internal-IP': '1.2.3.4',
      'External-IP': '<none>',
      'OS-Image': 'Debian',
    },
  ],
  [
    'a lost one',
    { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
    { Status: 'NotReady' },
  ],
])('the row of %s', (_name, fields, cells) => {
  expect(row(nodeKind, created(nodeKind, fields).object)).toMatchObject(cells);
});
