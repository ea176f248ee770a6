import { describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { isScaled, planScale } from './plan-proportional.ts';
import { testDeployment, testSet } from './testing/test-deployment.ts';

function rolling(replicas: number, maxSurge = 0): Deployment {
  const rollingUpdate = { maxSurge, maxUnavailable: 1 };
  return testDeployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
}

/** A set of a rollout of 10 pods, without surge unless it says so. */
function share(name: string, replicas: number, max = 10, createdSecond = 0): ReplicaSet {
  const annotations = { 'desired-replicas': 10, 'max-replicas': max };
  return testSet(name, replicas, replicas, annotations, createdSecond);
}

describe('planScale', () => {
  interface Case {
    readonly what: string;
    readonly deployment: Deployment;
    readonly old: readonly ReplicaSet[];
    readonly current?: ReplicaSet;
    readonly expected: readonly string[];
  }
  const cases: readonly Case[] = [
    {
      what: 'the only set with pods takes all',
      deployment: rolling(12),
      old: [share('a', 0)],
      current: share('new', 10),
      expected: ['new=12'],
    },
    {
      what: 'so does an old one',
      deployment: rolling(5),
      old: [share('a', 10)],
      current: share('new', 0),
      expected: ['a=5'],
    },
    {
      what: 'the newest of those without pods',
      deployment: rolling(5),
      old: [share('a', 0, 10, 1), share('b', 0, 10, 2)],
      expected: ['b=5'],
    },
    {
      what: 'nothing without any set',
      deployment: rolling(5),
      old: [],
      expected: [],
    },
    {
      what: 'a current set that serves alone lets the others go',
      deployment: rolling(10),
      old: [share('a', 2), share('b', 1)],
      current: share('new', 10),
      expected: ['a=0', 'b=0'],
    },
    {
      what: 'growth by share',
      deployment: rolling(20),
      old: [share('a', 6)],
      current: share('new', 4),
      expected: ['a=12', 'new=8'],
    },
    {
      what: 'shrinking by share; the rest is the largest one’s',
      deployment: rolling(4),
      old: [share('a', 2, 10, 1), share('b', 3, 10, 2)],
      current: share('new', 5, 10, 3),
      expected: ['new=2', 'b=1', 'a=1'],
    },
    {
      what: 'of equal ones the newer grows first',
      deployment: rolling(11),
      old: [share('a', 5, 10, 1)],
      current: share('new', 5, 10, 2),
      expected: ['new=6', 'a=5'],
    },
    {
      what: 'of equal ones the older shrinks first',
      deployment: rolling(9),
      old: [share('a', 5, 10, 1)],
      current: share('new', 5, 10, 2),
      expected: ['a=4', 'new=5'],
    },
    {
      what: 'the surge counts, before and after',
      deployment: rolling(20, 4),
      old: [share('a', 8, 12)],
      current: share('new', 4, 12),
      expected: ['a=16', 'new=8'],
    },
    {
      what: 'to nothing',
      deployment: rolling(0, 2),
      old: [share('a', 8)],
      current: share('new', 4),
      expected: ['a=0', 'new=0'],
    },
    {
      what: 'sets that fit already are noted all the same',
      deployment: rolling(10),
      old: [share('a', 6)],
      current: share('new', 4),
      expected: ['a=6', 'new=4'],
    },
    {
      what: 'nothing by share where pods are recreated',
      deployment: testDeployment({ strategy: { type: 'Recreate' }, replicas: 20 }),
      old: [share('a', 6)],
      current: share('new', 4),
      expected: [],
    },
  ];
  it.each(cases)('$what', ({ deployment, old, current, expected }) => {
    const scalings = planScale(deployment, { current, old });
    expect(scalings.map(({ set, replicas }) => `${set.metadata.name}=${replicas}`)).toEqual(
      expected,
    );
  });
});

it('isScaled: a set with pods was made for another number', () => {
  const of = (set: ReplicaSet) => isScaled(rolling(12), { current: set, old: [] });
  expect(of(share('a', 10))).toBe(true);
  expect(of(share('a', 0))).toBe(false);
  expect(of(testSet('a', 10))).toBe(false);
  expect(isScaled(rolling(10), { current: share('a', 3), old: [] })).toBe(false);
});
