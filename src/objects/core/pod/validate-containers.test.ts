import { describe, expect, test } from 'vitest';
import { complaints, containerComplaints } from './complaints.ts';

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must " +
  "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for " +
  "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

describe('containers', () => {
  test('a minimal pod is good', () => {
    expect(complaints({})).toEqual([]);
  });

  test('none', () => {
    expect(complaints({ containers: [] })).toEqual(['spec.containers: Required value']);
  });

  test('several faults come together, in upstream order', () => {
    const spec = {
      containers: [{ name: 'C', image: '', ports: [{ containerPort: 70000 }] }, { image: 'b' }],
      restartPolicy: 'Sometimes',
      hostname: 'Bad_',
    };
    expect(complaints(spec)).toEqual([
      `spec.containers[0].name: Invalid value: "C": ${LABEL}`,
      'spec.containers[0].image: Required value',
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.containers[1].name: Required value',
      'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
      `spec.hostname: Invalid value: "Bad_": ${LABEL}`,
    ]);
  });

  test.each<[string, object, string[]]>([
    [
      'image with blanks',
      { image: ' i' },
      [
        'spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace',
      ],
    ],
    [
      'pull policy',
      { imagePullPolicy: 'Now' },
      [
        'spec.containers[0].imagePullPolicy: Unsupported value: "Now": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      'message policy',
      { terminationMessagePolicy: 'x' },
      [
        'spec.containers[0].terminationMessagePolicy: Unsupported value: "x": supported values: "File", "FallbackToLogsOnError"',
      ],
    ],
    [
      'port names',
      {
        ports: [
          { name: 'a', containerPort: 1 },
          { name: 'a', containerPort: 2 },
        ],
      },
      ['spec.containers[0].ports[1].name: Duplicate value: "a"'],
    ],
    [
      'port name of digits',
      { ports: [{ name: '80', containerPort: 80 }] },
      [
        'spec.containers[0].ports[0].name: Invalid value: "80": must contain at least one letter (a-z)',
      ],
    ],
    [
      'no port',
      { ports: [{ name: 'a' }] },
      ['spec.containers[0].ports[0].containerPort: Required value'],
    ],
    [
      'host port',
      { ports: [{ containerPort: 1, hostPort: -1 }] },
      [
        'spec.containers[0].ports[0].hostPort: Invalid value: -1: must be between 1 and 65535, inclusive',
      ],
    ],
    [
      'protocol',
      { ports: [{ containerPort: 1, protocol: 'tcp' }] },
      [
        'spec.containers[0].ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP"',
      ],
    ],
    [
      'host ports twice',
      {
        ports: [
          { containerPort: 1, hostPort: 9 },
          { containerPort: 2, hostPort: 9 },
        ],
      },
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//9"'],
    ],
    [
      'env name',
      { env: [{ name: 'a=b' }] },
      [
        'spec.containers[0].env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      ],
    ],
    [
      'env without name',
      { env: [{ value: 'x' }] },
      ['spec.containers[0].env[0].name: Required value'],
    ],
    [
      'env of nothing',
      { env: [{ name: 'A', valueFrom: {} }] },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ],
    ],
    [
      'env twice',
      { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
      ],
    ],
    [
      'env of two',
      {
        env: [
          {
            name: 'A',
            valueFrom: {
              secretKeyRef: { name: 's', key: 'k' },
              configMapKeyRef: { name: 's', key: 'k' },
            },
          },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time',
      ],
    ],
    [
      'unknown field',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.whoops' } } }] },
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.whoops": error converting fieldPath: field label not supported: metadata.whoops',
      ],
    ],
    [
      'field not for env',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] },
      [
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
      ],
    ],
    [
      'label by key',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }] },
      [],
    ],
    [
      'name by key',
      { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.name['app']" } } }] },
      [
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.name['app']\": error converting fieldPath: field label does not support subscript: metadata.name['app']",
      ],
    ],
    [
      'unknown resource',
      { env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } }] },
      [
        'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.gpu": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
      ],
    ],
    [
      'divisor',
      {
        env: [
          {
            name: 'A',
            valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '10m' } },
          },
        ],
      },
      [
        'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
      ],
    ],
    [
      'key missing',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's' } } }] },
      ['spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value'],
    ],
    [
      'envFrom of nothing',
      { envFrom: [{ prefix: 'A_' }] },
      [
        'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
      ],
    ],
    [
      'envFrom without name',
      { envFrom: [{ secretRef: {} }] },
      ['spec.containers[0].envFrom[0].secretRef.name: Required value'],
    ],
  ])('%s', (_, fields, expected) => {
    expect(containerComplaints(fields)).toEqual(expected);
  });

  test('names are unique among containers and init containers', () => {
    const init = { name: 'c', image: 'i' };
    expect(complaints({ containers: [init, init], initContainers: [init] })).toEqual([
      'spec.containers[1].name: Duplicate value: "c"',
      'spec.initContainers[0].name: Duplicate value: "c"',
    ]);
  });

  test('host ports are unique among containers', () => {
    const ports = [{ containerPort: 80, hostPort: 8080 }];
    const containers = [
      { name: 'a', image: 'i', ports },
      { name: 'b', image: 'i', ports },
    ];
    expect(complaints({ containers })).toEqual([
      'spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"',
    ]);
  });

  test('on the host network ports inside and outside are the same', () => {
    const ports = [{ containerPort: 80, hostPort: 81 }];
    expect(containerComplaints({ ports }, { hostNetwork: true })).toEqual([
      'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
    ]);
  });
});

describe('init containers', () => {
  const init = (fields: object) =>
    complaints({ initContainers: [{ name: 'i', image: 'i', ...fields }] });

  test.each<[string, object, string[]]>([
    [
      'with a probe',
      { livenessProbe: { tcpSocket: { port: 1 } } },
      [
        'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      'with a hook',
      { lifecycle: { preStop: { exec: { command: ['a'] } } } },
      [
        'spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    ],
    [
      'sidecar with a probe',
      { restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 1 } } },
      [],
    ],
  ])('%s', (_, fields, expected) => {
    expect(init(fields)).toEqual(expected);
  });

  test('ephemeral containers cannot be created', () => {
    const debug = {
      name: 'd',
      image: 'i',
      ports: [{ containerPort: 1 }],
      targetContainerName: 'x',
    };
    expect(complaints({ ephemeralContainers: [debug] })).toEqual([
      'spec.ephemeralContainers[0].targetContainerName: Not found: "x"',
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ]);
  });
});
