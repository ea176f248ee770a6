import { describe, expect, test } from 'vitest';
import type { Node, Pod, Taint } from '../generated/types.ts';
import { planConditions } from './namespace/plan-conditions.ts';
import { planSilence, planTaints } from './node-lifecycle/plan-node.ts';
import { planGarbage } from './pod-garbage/plan-garbage.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const TIME = '2026-01-02T03:04:05Z';

describe('conditions of a terminating namespace', () => {
  const none = { counts: new Map(), finalizers: new Map(), failures: [] };

  test('tell what is left, and stand when nothing changes', () => {
    const left = {
      counts: new Map([
        ['pods.', 2],
        ['deployments.apps', 1],
      ]),
      finalizers: new Map([['a/b', 2]]),
      failures: ['no', 'never'],
    };
    const first = planConditions(left, [], NOW)!;
    expect(first.map(({ status, message }) => [status, message])).toEqual([
      ['False', 'All resources successfully discovered'],
      ['False', 'All legacy kube types successfully parsed'],
      ['True', 'Failed to delete all resource types, 2 remaining: [no, never]'],
      [
        'True',
        'Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
      ],
      [
        'True',
        'Some content in the namespace has finalizers remaining: a/b in 2 resource instances',
      ],
    ]);
    expect(planConditions(left, first, NOW + 1000)).toBeNull();
    const last = planConditions(none, first, NOW + 1000)!;
    expect(last.every(({ status }) => status === 'False')).toBe(true);
    expect(last.map((one) => one.lastTransitionTime)).toEqual([
      TIME,
      TIME,
      '2026-01-02T03:04:06Z',
      '2026-01-02T03:04:06Z',
      '2026-01-02T03:04:06Z',
    ]);
  });
});

function node(conditions: object, taints: Taint[] = [], unschedulable = false): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: { taints, unschedulable },
    status: {
      conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })),
    },
  };
}

describe('taints of a node', () => {
  const own = { key: 'mine', value: 'x', effect: 'NoSchedule' };
  const lost = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' };
  test.each<[string, Node, string[] | null]>([
    ['of which nothing is known', node({}), null],
    ['that is ready', node({ Ready: 'True' }, [own]), null],
    [
      'that is not ready',
      node({ Ready: 'False' }, [own]),
      [
        'mine:NoSchedule',
        'node.kubernetes.io/not-ready:NoSchedule',
        'node.kubernetes.io/not-ready:NoExecute',
      ],
    ],
    [
      'that is lost',
      node({ Ready: 'Unknown' }, [lost]),
      ['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule'],
    ],
    ['that is ready again', node({ Ready: 'True' }, [lost, own]), ['mine:NoSchedule']],
    [
      'under pressure and cordoned',
      node({ Ready: 'True', DiskPressure: 'True', MemoryPressure: 'False' }, [], true),
      [
        'node.kubernetes.io/disk-pressure:NoSchedule',
        'node.kubernetes.io/unschedulable:NoSchedule',
      ],
    ],
  ])('%s', (_name, wanted, taints) => {
    const planned = planTaints(wanted, NOW);
    expect(planned?.map(({ key, effect }) => `${key}:${effect}`) ?? null).toEqual(taints);
  });
});

test('a silent kubelet leaves its conditions unknown, once', () => {
  const conditions = planSilence(node({ Ready: 'True', NetworkUnavailable: 'False' }), NOW);
  expect(conditions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
    'Ready NodeStatusUnknown',
    'MemoryPressure NodeStatusNeverUpdated',
    'DiskPressure NodeStatusNeverUpdated',
    'PIDPressure NodeStatusNeverUpdated',
  ]);
  const lost = node(Object.fromEntries(conditions.map(({ type, status }) => [type, status])));
  expect(planSilence(lost, NOW)).toEqual([]);
});

test('garbage: orphans after their time, pods deleted without node, the oldest ended ones', () => {
  const pod = (name: string, nodeName: string, fields: object = {}, phase = 'Running'): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...fields },
    spec: { containers: [], nodeName },
    status: { phase },
  });
  const actions = planGarbage({
    pods: [
      pod('fine', 'n'),
      pod('orphan', 'gone'),
      pod('hopeful', 'late'),
      pod('unscheduled', '', { deletionTimestamp: TIME }),
      pod('old', 'n', { creationTimestamp: '2026-01-01T00:00:00Z' }, 'Failed'),
      pod('new', 'n', { creationTimestamp: '2026-01-02T00:00:00Z' }, 'Succeeded'),
    ],
    isNode: (name) => name === 'n',
    missedAt: new Map([
      ['gone', 0],
      ['late', 30_000],
    ]),
    endedMax: 1,
    now: 45_000,
  });
  expect(actions.map(({ type, pod: { metadata } }) => `${type} ${metadata.name}`)).toEqual([
    'orphaned orphan',
    'unscheduled unscheduled',
    'surplus old',
  ]);
});
