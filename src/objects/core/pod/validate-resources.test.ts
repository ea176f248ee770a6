import { describe, expect, test } from 'vitest';
import { containerComplaints } from './complaints.ts';

describe('resources', () => {
  const R = 'spec.containers[0].resources';

  test.each<[string, object, string[]]>([
    [
      'request over limit',
      { requests: { cpu: '2' }, limits: { cpu: '1' } },
      [`${R}.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
    ],
    [
      'negative',
      { requests: { memory: '-1Gi' } },
      [`${R}.requests[memory]: Invalid value: "-1Gi": must be greater than or equal to 0`],
    ],
    [
      'unknown',
      { requests: { disk: '1' } },
      [
        `${R}.requests[disk]: Invalid value: "disk": must be a standard resource type or fully qualified`,
        `${R}.requests[disk]: Invalid value: "disk": must be a standard resource for containers`,
      ],
    ],
    [
      'not for containers',
      { limits: { pods: '1' } },
      [
        `${R}.limits[pods]: Invalid value: "pods": must be a standard resource for containers`,
        `${R}.requests[pods]: Invalid value: "pods": must be a standard resource for containers`,
      ],
    ],
    [
      'part of a device',
      { limits: { 'x.io/gpu': '500m' } },
      [
        `${R}.limits[x.io/gpu]: Invalid value: "500m": must be an integer`,
        `${R}.requests[x.io/gpu]: Invalid value: "500m": must be an integer`,
      ],
    ],
    [
      'a device without limit',
      { requests: { 'x.io/gpu': '1' } },
      [`${R}.limits: Required value: Limit must be set for non overcommitable resources`],
    ],
    [
      'a device, less than the limit',
      { requests: { 'x.io/gpu': '1' }, limits: { 'x.io/gpu': '2' } },
      [`${R}.requests: Invalid value: "1": must be equal to x.io/gpu limit of 2`],
    ],
    [
      'huge pages alone',
      { limits: { 'hugepages-2Mi': '4Mi' } },
      [`${R}: Forbidden: HugePages require cpu or memory`],
    ],
    [
      'part of a huge page',
      { limits: { 'hugepages-2Mi': '3Mi', cpu: '1' } },
      [
        `${R}.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
        `${R}.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
      ],
    ],
    [
      'claim',
      { claims: [{ name: 'x' }] },
      [
        `${R}.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty`,
      ],
    ],
  ])('%s', (_, resources, expected) => {
    expect(containerComplaints({ resources })).toEqual(expected);
  });

  test('a whole pod must have what its containers have', () => {
    const resources = { requests: { cpu: '1' }, limits: { cpu: '2' } };
    expect(
      containerComplaints(
        { resources },
        { resources: { requests: { cpu: '500m' }, limits: { cpu: '1' } } },
      ),
    ).toEqual([
      'spec.resources.requests[cpu]: Invalid value: "500m": must be greater than or equal to aggregate container requests of 1',
      'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
    ]);
  });

  test('a resize policy is sound', () => {
    const resizePolicy = [{ resourceName: 'gpu', restartPolicy: 'x' }];
    expect(containerComplaints({ resizePolicy })).toEqual([
      'spec.containers[0].resizePolicy: Unsupported value: "gpu": supported values: "cpu", "memory"',
      'spec.containers[0].resizePolicy: Unsupported value: "x": supported values: "NotRequired", "RestartContainer"',
    ]);
  });
});
