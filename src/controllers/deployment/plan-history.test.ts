import { expect, it } from 'vitest';
import type { ReplicaSet } from '../../generated/types.ts';
import { planHistory } from './plan-history.ts';
import { testDeployment, testSet } from './testing/test-deployment.ts';

const old = [3, 1, 2].map((revision) => testSet(`r${revision}`, 0, 0, { revision }));
const names = (sets: ReplicaSet[]) => sets.map(({ metadata }) => metadata.name);
const plan = (revisionHistoryLimit: number, sets: ReplicaSet[] = old) =>
  names(planHistory(testDeployment({ revisionHistoryLimit }), sets));

it('removes those of the smallest revisions', () => {
  expect(plan(3)).toEqual([]);
  expect(plan(1)).toEqual(['r1', 'r2']);
  expect(plan(0)).toEqual(['r1', 'r2', 'r3']);
  expect(plan(2 ** 31 - 1)).toEqual([]);
});

it('leaves sets with pods, sets of which nobody has told, and those that go already', () => {
  const unseen = testSet('unseen', 0, 0, { revision: 2 });
  unseen.metadata.generation = 2;
  const going = testSet('going', 0, 0, { revision: 3 });
  going.metadata.deletionTimestamp = '2026-01-02T12:00:00Z';
  const sets = [testSet('busy', 1, 1, { revision: 1 }), unseen, going];
  expect(plan(0, [...sets, ...old.slice(0, 1)])).toEqual(['r3']);
});
