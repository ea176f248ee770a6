import { describe, expect, test } from 'vitest';
import { created, row, updated } from '../core/written.ts';
import { deploymentKind } from './deployment.ts';
import { replicaSetKind } from './replica-set.ts';

const template = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image: 'i:1' }] },
};
const workload = (spec: object = {}) => ({
  spec: { selector: { matchLabels: { app: 'a' } }, template, ...spec },
});

describe.each([
  ['deployment', deploymentKind, 'deployment'],
  ['replica set', replicaSetKind, 'replica set'],
] as const)('a %s', (_, kind, what) => {
  const complaints = (spec: object) => created(kind, workload(spec)).errors;

  test('gets the defaults of a pod template, and its status from the server', () => {
    const { object, errors } = created(kind, { ...workload(), status: { replicas: 7 } });
    expect(errors).toEqual([]);
    expect(object).toMatchObject({
      spec: {
        replicas: 1,
        template: {
          spec: {
            containers: [{ imagePullPolicy: 'IfNotPresent', resources: {} }],
            restartPolicy: 'Always',
            terminationGracePeriodSeconds: 30,
          },
        },
      },
    });
    // Those that a pod alone gets.
    expect(object).not.toHaveProperty('spec.template.spec.enableServiceLinks');
    expect((object as { status?: { replicas?: number } }).status?.replicas ?? 0).toBe(0);
  });

  const refusals: [string, object, string[]][] = [
    ['a selector', { selector: undefined }, ['spec.selector: Required value']],
    [
      'a selector of something',
      { selector: {} },
      [`spec.selector: Invalid value: {}: empty selector is invalid for ${what}`],
    ],
    [
      'labels that the selector matches',
      { selector: { matchLabels: { app: 'b' } } },
      [
        'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'a number of replicas',
      { replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'pods that run for good',
      {
        template: {
          ...template,
          spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 3 },
        },
      },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
    ],
    [
      'containers',
      { template: { ...template, spec: { containers: [] } } },
      ['spec.template.spec.containers: Required value'],
    ],
    [
      'good annotations of its pods',
      { template: { ...template, metadata: { ...template.metadata, annotations: { 'a b': '' } } } },
      [
        "spec.template.annotations: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ],
  ];
  test.each(refusals)('needs %s', (_name, spec, expected) => {
    expect(complaints(spec)).toEqual(expected);
  });

  test('keeps its selector', () => {
    const both = { app: 'a', b: 'c' };
    const after = {
      selector: { matchLabels: both },
      template: { ...template, metadata: { labels: both } },
    };
    expect(updated(kind, workload(), workload(after)).errors).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"a","b":"c"}}: field is immutable',
    ]);
  });

  test('warns of what is hardly meant in its template', () => {
    const env = [{ name: 'A' }, { name: 'A' }];
    const spec = { containers: [{ name: 'c', image: 'i:1', env }] };
    const { object } = created(kind, workload({ template: { ...template, spec } }));
    expect(kind.warnings?.(object)).toEqual([
      'spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
    // Also when it changes, and not with every write of its labels.
    const changed = { ...object, metadata: { ...object.metadata, generation: 2 } };
    expect(kind.update.warnings?.(changed, object)).toHaveLength(1);
    expect(kind.update.warnings?.(object, object)).toEqual([]);
  });

  test('has a status that adds up', () => {
    const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
    const { errors } = updated(kind, workload(), { ...workload(), status }, 'status');
    expect(errors).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
    ]);
  });
});

describe('a deployment', () => {
  test('rolls by quarters unless told otherwise', () => {
    expect(created(deploymentKind, workload()).object).toMatchObject({
      spec: {
        strategy: {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
        },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
    });
  });

  const rolling = (maxUnavailable: unknown, maxSurge: unknown) => ({
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable, maxSurge } },
  });
  const AT = 'spec.strategy.rollingUpdate';
  const refusals: [string, object, string[]][] = [
    [
      'that must not move',
      rolling('0%', 0),
      [`${AT}.maxUnavailable: Invalid value: "0%": may not be 0 when \`maxSurge\` is 0`],
    ],
    [
      'that takes away more than all',
      rolling('101%', 1),
      [`${AT}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`],
    ],
    [
      'by less than nothing',
      rolling(1, -1),
      [`${AT}.maxSurge: Invalid value: -1: must be greater than or equal to 0`],
    ],
    [
      'by a word',
      rolling('few', 1),
      [
        `${AT}.maxUnavailable: Invalid value: "few": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
      ],
    ],
    [
      'both ways',
      { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
      [`${AT}: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`],
    ],
    [
      'no way there is',
      { strategy: { type: 'Jump' } },
      [
        'spec.strategy: Unsupported value: {"type":"Jump"}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      'against a deadline that cannot be kept',
      { minReadySeconds: 5, progressDeadlineSeconds: 5 },
      ['spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds'],
    ],
  ];
  test.each(refusals)('does not roll %s', (_name, spec, expected) => {
    expect(created(deploymentKind, workload(spec)).errors).toEqual(expected);
  });

  test('never counts collisions backwards', () => {
    const first = { ...workload(), status: { collisionCount: 2 } };
    const second = { ...workload(), status: { collisionCount: 1 } };
    expect(updated(deploymentKind, first, second, 'status').errors).toEqual([
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });

  test('shows its pods as they come', () => {
    const status = { replicas: 3, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 };
    const after = { ...workload({ replicas: 3 }), status };
    const { object } = updated(deploymentKind, workload({ replicas: 3 }), after, 'status');
    expect(row(deploymentKind, object)).toMatchObject({
      Ready: '2/3',
      'Up-to-date': 1,
      Available: 2,
      Containers: 'c',
      Images: 'i:1',
      Selector: 'app=a',
    });
  });
});

test('a replica set shows its pods', () => {
  const after = { ...workload({ replicas: 3 }), status: { replicas: 2, readyReplicas: 1 } };
  const { object } = updated(replicaSetKind, workload({ replicas: 3 }), after, 'status');
  const shown = { Desired: 3, Current: 2, Ready: 1, Selector: 'app=a' };
  expect(row(replicaSetKind, object)).toMatchObject(shown);
});
