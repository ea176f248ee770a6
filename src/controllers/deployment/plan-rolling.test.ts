import { describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '../../generated/types.ts';
import { currentReplicas, planAvailable, planUnhealthy, removableOf } from './plan-rolling.ts';
import type { Scaling } from './replica-sets.ts';
import { testDeployment, testSet } from './testing/test-deployment.ts';

function rolling(replicas: number, maxSurge: number, maxUnavailable: number): Deployment {
  const rollingUpdate = { maxSurge, maxUnavailable };
  return testDeployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } });
}

const texts = (scalings: Scaling[]) =>
  scalings.map(({ set, replicas }) => `${set.metadata.name}=${replicas}`);

describe('currentReplicas', () => {
  it.each<[what: string, Deployment, old: number, current: number, expected: number]>([
    ['all when there is nothing else', rolling(10, 2, 0), 0, 0, 10],
    ['the surge beside all old ones', rolling(10, 2, 0), 10, 0, 2],
    ['what old ones left', rolling(10, 2, 0), 5, 2, 7],
    ['never more than asked for', rolling(10, 2, 0), 1, 9, 10],
    ['nothing more above the surge', rolling(10, 2, 0), 20, 1, 1],
    ['fewer when fewer are asked for', rolling(3, 1, 0), 0, 10, 3],
    ['all at once when recreated', testDeployment({ strategy: { type: 'Recreate' } }), 3, 0, 10],
  ])('%s', (_, deployment, old, current, expected) => {
    const all = [testSet('old', old), testSet('new', current)];
    expect(currentReplicas(deployment, all, current)).toBe(expected);
  });
});

describe('old sets', () => {
  interface Case {
    readonly what: string;
    readonly deployment: Deployment;
    readonly old: readonly ReplicaSet[];
    readonly current?: ReplicaSet;
    readonly removable: number;
    readonly unhealthy: readonly string[];
    readonly available: readonly string[];
  }
  const cases: readonly Case[] = [
    {
      what: 'none may go while the new ones are not available',
      deployment: rolling(10, 2, 0),
      old: [testSet('a', 10)],
      current: testSet('new', 2, 0),
      removable: 0,
      unhealthy: [],
      available: [],
    },
    {
      what: 'as many may go as became available',
      deployment: rolling(10, 2, 0),
      old: [testSet('a', 10)],
      current: testSet('new', 2, 1),
      removable: 1,
      unhealthy: [],
      available: ['a=9'],
    },
    {
      what: 'at once as many as may be unavailable, of the oldest first',
      deployment: rolling(10, 0, 4),
      old: [testSet('a', 3), testSet('b', 7)],
      removable: 4,
      unhealthy: [],
      available: ['a=0', 'b=6'],
    },
    {
      what: 'pods that serve nobody go first, in every set',
      deployment: rolling(10, 2, 2),
      old: [testSet('a', 4, 4), testSet('b', 6, 3)],
      current: testSet('new', 2, 2),
      removable: 4,
      unhealthy: ['b=3'],
      available: ['a=3'],
    },
    {
      what: 'no more of them than may go',
      deployment: rolling(10, 0, 2),
      old: [testSet('a', 5, 2), testSet('b', 5, 5)],
      removable: 2,
      unhealthy: ['a=3'],
      available: [],
    },
    {
      what: 'a set that still tells of pods that are about to go counts what it is to have',
      deployment: rolling(4, 1, 0),
      old: [testSet('a', 3, 4)],
      current: testSet('new', 2, 2),
      removable: 1,
      unhealthy: [],
      available: ['a=2'],
    },
  ];
  it.each(cases)('$what', ({ deployment, old, current, ...expected }) => {
    const sets = { current, old };
    expect(removableOf(deployment, sets)).toBe(expected.removable);
    expect(texts(planUnhealthy(deployment, sets))).toEqual(expected.unhealthy);
    expect(texts(planAvailable(deployment, sets))).toEqual(expected.available);
  });
});
