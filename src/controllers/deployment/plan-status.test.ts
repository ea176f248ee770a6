import { expect, it } from 'vitest';
import { planRolloutStatus, planStatus } from './plan-status.ts';
import { testDeployment, testSet } from './testing/test-deployment.ts';

const NOW = Date.UTC(2026, 0, 2, 12, 0, 0);
const AT_NOW = '2026-01-02T12:00:00Z';

it('counts the pods of all sets, and leaves out counts of 0', () => {
  const sets = { current: testSet('new', 4, 3), old: [testSet('a', 6)] };
  const status = planStatus(testDeployment(), sets, NOW);
  expect(status).toEqual({
    observedGeneration: 1,
    replicas: 10,
    updatedReplicas: 4,
    readyReplicas: 9,
    availableReplicas: 9,
    unavailableReplicas: 1,
    conditions: [
      {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
        lastUpdateTime: AT_NOW,
        lastTransitionTime: AT_NOW,
      },
    ],
  });
  const none = planStatus(testDeployment({ replicas: 0 }), { current: undefined, old: [] }, NOW);
  expect(Object.keys(none)).toEqual(['observedGeneration', 'conditions']);
});

it('what keeps a set from its pods is told, and no longer once it is over', () => {
  const failure = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: 'no',
    lastTransitionTime: '2026-01-02T11:00:00Z',
  };
  const set = testSet('new', 10, 0);
  const failing = { ...set, status: { replicas: 0, conditions: [failure] } };
  const run = (current: typeof set, conditions = [failure]) =>
    planRolloutStatus(testDeployment({}, { conditions }), { current, old: [] }, NOW).conditions ??
    [];
  expect(run(failing, [])).toContainEqual({
    ...failure,
    lastUpdateTime: failure.lastTransitionTime,
  });
  expect(run(set).map(({ type }) => type)).not.toContain('ReplicaFailure');
});
