import { expect } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { isReady, type Lab, restarts } from '../harness/lab.ts';
import { READINESS } from './manifests.ts';

const POD = 'liveness-readiness-pod';
const REFUSED =
  /^Readiness probe failed: Get "http:\/\/([\d.]+):8000\/": dial tcp \1:8000: connect: connection refused$/;

/** Exercise 2.1 as printed: a delay of 5 s, and one failure is enough. */
export async function readiness(lab: Lab): Promise<void> {
  lab.file('liveready-pod.yaml', READINESS);
  expect(await lab.kubectl.ok('create', '-f', 'liveready-pod.yaml')).toBe(`pod/${POD} created\n`);

  const event = await lab.waitForEvent(POD, 'Unhealthy', REFUSED);
  expect(event.message).toContain((await lab.pod(POD))?.status?.podIP);
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(row(POD, '0/1', 'Running'));
  expect(await lab.kubectl.ok('describe', 'pod', POD)).toContain(
    'delay=5s timeout=1s period=10s #success=1 #failure=1',
  );

  // The server starts after 45 s, and the probe comes every 10 s.
  const ready = await lab.waitForReady(POD, 75_000);
  expect(secondsUntilReady(ready)).toBeGreaterThanOrEqual(45);
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(row(POD, '1/1', 'Running'));
  expect(restarts(ready)).toBe(0);
  // Seen at the ticks between 5 s and 45 s.
  const described = await lab.kubectl.ok('describe', 'pod', POD);
  expect(described).toMatch(
    /Warning +Unhealthy +\d+s \(x[3-6] over \d+s\) +kubelet +Readiness probe failed: Get "http:/,
  );
}

/** Exercise 2.1 with what its comments say: a delay of 30 s and four failures. */
export async function readinessUpdated(lab: Lab): Promise<void> {
  const manifest = READINESS.replace('initialDelaySeconds: 5', 'initialDelaySeconds: 30').replace(
    'failureThreshold: 1',
    'failureThreshold: 4',
  );
  lab.file('liveready-pod.yaml', manifest);
  await lab.kubectl.ok('create', '-f', 'liveready-pod.yaml');

  await lab.waitForPod(
    POD,
    'runs',
    ({ status }) => status?.containerStatuses?.[0]?.started === true,
  );
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(row(POD, '0/1', 'Running'));
  expect(await lab.kubectl.ok('describe', 'pod', POD)).toContain(
    'delay=30s timeout=1s period=10s #success=1 #failure=4',
  );

  const ready = await lab.waitForReady(POD, 75_000);
  expect(secondsUntilReady(ready)).toBeGreaterThanOrEqual(45);
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(row(POD, '1/1', 'Running'));
  expect(restarts(ready)).toBe(0);
  // Between 30 s and 45 s fit two probes at most; four failures never came together.
  const unhealthy = (await lab.events(POD)).filter(({ reason }) => reason === 'Unhealthy');
  const failures = unhealthy.reduce((sum, { count = 1 }) => sum + count, 0);
  expect(failures).toBeLessThanOrEqual(2);
}

/** A line of `kubectl get pods` without restarts. */
function row(name: string, ready: string, status: string): RegExp {
  return new RegExp(`^${name} +${ready} +${status} +0 +\\d+s$`, 'm');
}

function secondsUntilReady(pod: Pod): number {
  expect(isReady(pod)).toBe(true);
  const condition = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const startedAt = pod.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '';
  return (Date.parse(condition?.lastTransitionTime ?? '') - Date.parse(startedAt)) / 1000;
}
