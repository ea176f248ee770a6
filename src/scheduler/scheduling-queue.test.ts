import { expect, test } from 'vitest';
import type { Pod } from '../generated/types.ts';
import { VirtualClock } from '../sim/clock.ts';
import { settleBy } from '../sim/settle.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

function pod(name: string, priority = 0): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name },
    spec: { containers: [], priority },
  };
}

function queueOf(...pods: Pod[]) {
  const clock = new VirtualClock(0, settleBy());
  const queue = new SchedulingQueue(clock, () => {});
  for (const one of pods) queue.set(one);
  return { clock, queue };
}

test('the highest priority first, then the oldest', () => {
  const { queue } = queueOf(pod('a'), pod('b', 10), pod('c', 10), pod('d', -1));
  const order = ['b', 'c', 'a', 'd'];
  expect(order.map(() => queue.pop()?.metadata.name)).toEqual(order);
  expect(queue.pop()).toBeUndefined();
});

test('a broken attempt is repeated after 1, 2, 4, 8, 10, 10 s', async () => {
  const { clock, queue } = queueOf(pod('a'));
  const waits: number[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    const failed = queue.pop();
    expect(failed).toBeDefined();
    const from = clock.now();
    queue.failed(failed!);
    await clock.advanceUntil(() => queue.counts().active === 1, 60_000, 'active again');
    waits.push(clock.now() - from);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  expect(clock.pending).toBe(0);
});

test('an unschedulable pod waits for a change that may help it, and for its back-off', async () => {
  const { clock, queue } = queueOf(pod('a'));
  queue.unschedulable(queue.pop()!, new Set(['node-added'] as const));
  queue.clusterChanged('pod-gone');
  expect(queue.counts()).toMatchObject({ unschedulable: 1 });
  queue.clusterChanged('node-added');
  expect(queue.counts()).toMatchObject({ waiting: 1 });
  await clock.advance(1000);
  expect(queue.counts()).toMatchObject({ active: 1 });
});

test('a change after the back-off helps at once', async () => {
  const { clock, queue } = queueOf(pod('a'));
  queue.unschedulable(queue.pop()!, new Set(['node-added'] as const));
  await clock.advance(1500);
  queue.clusterChanged('node-added');
  expect(queue.counts()).toMatchObject({ active: 1 });
});

test('an unschedulable pod is tried again after five minutes all the same', async () => {
  const { clock, queue } = queueOf(pod('a'));
  queue.unschedulable(queue.pop()!, new Set());
  await clock.advance(299_999);
  expect(queue.counts()).toMatchObject({ unschedulable: 1 });
  await clock.advance(1);
  expect(queue.counts()).toMatchObject({ active: 1 });
});

test('a change of the pod itself helps it; a new revision alone does not', async () => {
  const { clock, queue } = queueOf(pod('a'));
  queue.unschedulable(queue.pop()!, new Set());
  await clock.advance(2000);
  queue.set(pod('a', 5));
  expect(queue.counts()).toMatchObject({ unschedulable: 1 });
  queue.changed(pod('a', 5));
  expect(queue.counts()).toMatchObject({ active: 1 });
});

test('a removed pod and a stopped queue leave no timer', () => {
  const { clock, queue } = queueOf(pod('a'), pod('b'));
  queue.unschedulable(queue.pop()!, new Set());
  queue.failed(queue.pop()!);
  expect(clock.pending).toBe(2);
  queue.remove(pod('a'));
  expect(clock.pending).toBe(1);
  queue.stop();
  expect(clock.pending).toBe(0);
});
