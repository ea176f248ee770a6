import { describe, expect, it } from 'vitest';
import type { DeploymentCondition, DeploymentStatus } from '../../generated/types.ts';
import { nextLookMs, planPaused, planProgress } from './plan-progress.ts';
import { testDeployment, testSet } from './testing/test-deployment.ts';

const START = Date.UTC(2026, 0, 2, 12, 0, 0);
const AT_START = '2026-01-02T12:00:00Z';
const AFTER_5_MIN = START + 300_000;
const AFTER_11_MIN = START + 660_000;

function condition(reason: string, status = 'True'): DeploymentCondition {
  const [lastUpdateTime, lastTransitionTime] = [AT_START, AT_START];
  return { type: 'Progressing', status, reason, message: '', lastUpdateTime, lastTransitionTime };
}

function counts(replicas: number, updated: number, ready: number): DeploymentStatus {
  return {
    observedGeneration: 1,
    replicas,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
  };
}

describe('planProgress', () => {
  const earlier = (present?: DeploymentCondition, status = counts(10, 0, 10)) => ({
    ...status,
    conditions: present === undefined ? [] : [present],
  });
  const run = (was: DeploymentStatus, now: DeploymentStatus, nowMs: number) =>
    planProgress(
      testDeployment({}, was),
      { ...now, conditions: was.conditions },
      testSet('web-1', 10),
      nowMs,
    );

  it('done', () => {
    expect(run(earlier(condition('ReplicaSetUpdated')), counts(10, 10, 10), AFTER_5_MIN)).toEqual([
      {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: 'ReplicaSet "web-1" has successfully progressed.',
        lastUpdateTime: '2026-01-02T12:05:00Z',
        lastTransitionTime: AT_START,
      },
    ]);
  });

  it.each([
    ['more updated', counts(11, 1, 10)],
    ['fewer old', counts(9, 0, 9)],
    ['more ready', counts(10, 0, 11)],
  ])('moving: %s; the deadline counts anew', (_, now) => {
    const [moving] = run(earlier(condition('ReplicaSetUpdated')), now, AFTER_5_MIN);
    expect(moving).toMatchObject({
      reason: 'ReplicaSetUpdated',
      message: 'ReplicaSet "web-1" is progressing.',
      lastUpdateTime: '2026-01-02T12:05:00Z',
      lastTransitionTime: AT_START,
    });
  });

  it('moving after all: another status, another time of transition', () => {
    const was = earlier(condition('ProgressDeadlineExceeded', 'False'));
    expect(run(was, counts(11, 1, 10), AFTER_11_MIN)[0]).toMatchObject({
      status: 'True',
      lastTransitionTime: '2026-01-02T12:11:00Z',
    });
  });

  it('still, for less than the deadline and for more', () => {
    const was = earlier(condition('ReplicaSetUpdated'));
    expect(run(was, counts(10, 0, 10), AFTER_5_MIN)).toEqual(was.conditions);
    expect(run(was, counts(10, 0, 10), AFTER_11_MIN)).toEqual([
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'ReplicaSet "web-1" has timed out progressing.',
        lastUpdateTime: '2026-01-02T12:11:00Z',
        lastTransitionTime: '2026-01-02T12:11:00Z',
      },
    ]);
  });

  it('a rollout that was done does not fail when its pods do', () => {
    const was = earlier(condition('NewReplicaSetAvailable'), counts(10, 10, 10));
    expect(run(was, counts(10, 10, 2), AFTER_11_MIN)).toEqual(was.conditions);
  });

  it('without a deadline nothing is told', () => {
    const deployment = testDeployment({ progressDeadlineSeconds: 2 ** 31 - 1 });
    const status = earlier(condition('ReplicaSetUpdated'));
    expect(planProgress(deployment, status, undefined, AFTER_5_MIN)).toEqual([]);
  });
});

describe('nextLookMs', () => {
  it.each([
    ['a second after the deadline', condition('ReplicaSetUpdated'), 301_000],
    ['never after it was told', condition('ProgressDeadlineExceeded', 'False'), undefined],
    ['never without a condition', undefined, undefined],
  ])('%s', (_, present, expected) => {
    const conditions = present === undefined ? [] : [present];
    const deployment = testDeployment({}, { ...counts(10, 0, 10), conditions });
    expect(nextLookMs(deployment, AFTER_5_MIN)).toBe(expected);
  });

  it('never once it is done', () => {
    const conditions = [condition('NewReplicaSetAvailable')];
    const deployment = testDeployment({}, { ...counts(10, 10, 10), conditions });
    expect(nextLookMs(deployment, AFTER_5_MIN)).toBeUndefined();
  });
});

it.each([
  ['paused', true, condition('ReplicaSetUpdated'), 'DeploymentPaused'],
  ['known to be', true, condition('DeploymentPaused', 'Unknown'), undefined],
  ['resumed', false, condition('DeploymentPaused', 'Unknown'), 'DeploymentResumed'],
  ['never paused', false, condition('ReplicaSetUpdated'), undefined],
  ['timed out before', true, condition('ProgressDeadlineExceeded', 'False'), undefined],
])('planPaused: %s', (_, paused, present, expected) => {
  const deployment = testDeployment({ paused }, { conditions: [present] });
  expect(planPaused(deployment, AFTER_5_MIN)?.[0]?.reason).toBe(expected);
});
