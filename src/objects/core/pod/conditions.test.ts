import { describe, expect, test } from 'vitest';
import type { Pod, PodStatus } from '../../../generated/types.ts';
import {
  containerStatus,
  isConditionTrue,
  isPodReady,
  isSidecar,
  isTerminal,
  podCondition,
  setPodCondition,
} from './conditions.ts';

const T1 = Date.parse('2026-01-02T03:04:05Z');
const T2 = T1 + 60_000;
const AT1 = '2026-01-02T03:04:05Z';
const AT2 = '2026-01-02T03:05:05Z';

describe('setPodCondition', () => {
  const ready = { type: 'Ready', status: 'False', reason: 'A' };

  test.each<[string, object, object, boolean]>([
    ['the same', ready, { ...ready, lastTransitionTime: AT1 }, false],
    ['another reason', { ...ready, reason: 'B' }, { reason: 'B', lastTransitionTime: AT1 }, true],
    ['another status', { ...ready, status: 'True' }, { lastTransitionTime: AT2 }, true],
    ['seen later', { ...ready, observedGeneration: 2 }, { lastTransitionTime: AT1 }, true],
  ])('%s', (_, next, expected, changed) => {
    const status: PodStatus = {};
    expect(setPodCondition(status, ready, T1)).toBe(true);
    expect(setPodCondition(status, next as typeof ready, T2)).toBe(changed);
    expect(status.conditions).toHaveLength(1);
    expect(status.conditions![0]).toMatchObject({ ...next, ...expected });
  });
});

describe('what a status says', () => {
  const pod = {
    status: {
      phase: 'Succeeded',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'a', restartCount: 1 }],
      initContainerStatuses: [{ name: 'b', restartCount: 2 }],
      ephemeralContainerStatuses: [{ name: 'c', restartCount: 3 }],
    },
  } as unknown as Pod;

  test('conditions', () => {
    expect(podCondition(pod, 'Ready')).toEqual({ type: 'Ready', status: 'True' });
    expect(podCondition({}, 'Ready')).toBeUndefined();
    expect([isPodReady(pod), isPodReady({})]).toEqual([true, false]);
    expect(isConditionTrue(pod, 'Initialized')).toBe(false);
  });

  test.each(['Succeeded', 'Failed', 'Running', 'Pending'])('whether %s is the end', (phase) => {
    expect(isTerminal({ status: { phase } })).toBe(phase === 'Succeeded' || phase === 'Failed');
  });

  test('containers of all sorts', () => {
    const counts = ['a', 'b', 'c', 'd'].map((name) => containerStatus(pod, name)?.restartCount);
    expect(counts).toEqual([1, 2, 3, undefined]);
  });

  test('sidecars', () => {
    expect([isSidecar({ restartPolicy: 'Always' }), isSidecar({})]).toEqual([true, false]);
  });
});
