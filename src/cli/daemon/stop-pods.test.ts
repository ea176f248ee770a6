import { setImmediate as settle } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { Container, Runtime, Sandbox } from '../../kubelet/runtime.ts';
import { VirtualClock } from '../../sim/clock.ts';
import { stopPods } from './stop-pods.ts';

const clock = () => new VirtualClock(0, settle);

function container(id: string, state: Container['state'], grace?: string): Container {
  const annotations: Record<string, string> =
    grace === undefined ? {} : { 'io.kubernetes.pod.terminationGracePeriod': grace };
  return { id, sandboxId: 's', name: id, attempt: 0, state, createdAt: 0, labels: {}, annotations };
}

it('gives containers their own grace, at most ten seconds, and then ends the sandbox', async () => {
  const calls: string[] = [];
  const sandbox = { id: 's', ready: true } as Sandbox;
  const runtime: Partial<Runtime> = {
    listContainers: async () => [
      container('quick', 'running', '1'),
      container('slow', 'running', '600'),
      container('unknown', 'running'),
      container('ended', 'exited', '1'),
    ],
    listSandboxes: async () => [sandbox],
    stopContainer: async (id, graceMs) => {
      calls.push(`${id} ${graceMs}`);
      if (id === 'slow') throw new Error('stuck');
    },
    stopSandbox: async (id) => {
      calls.push(id);
    },
  };
  await stopPods(runtime as Runtime, clock(), silentLog);
  expect(calls).toEqual(['quick 1000', 'slow 10000', 'unknown 10000', 's']);
});

it('does not wait for ever for a runtime that is stuck', async () => {
  const time = clock();
  const runtime: Partial<Runtime> = {
    listContainers: async () => [],
    listSandboxes: async () => [{ id: 's', ready: true } as Sandbox],
    stopSandbox: () => new Promise(() => {}),
  };
  let isOver = false;
  const stopped = stopPods(runtime as Runtime, time, silentLog).then(() => {
    isOver = true;
  });
  await time.advance(29_000);
  expect(isOver).toBe(false);
  await time.advance(1_000);
  await stopped;
  expect(time.pending).toBe(0);
});
