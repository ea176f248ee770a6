import { expect } from 'vitest';
import { type Lab, restarts } from '../harness/lab.ts';
import { READINESS, READINESS_AND_LIVENESS } from './manifests.ts';

const POD = 'liveness-readiness-pod';

/** Lab 2.2: the readiness probe is right now, and the liveness probe restarts the container. */
export async function bothProbes(lab: Lab): Promise<void> {
  await lab.apply('liveready-pod.yaml', READINESS);
  await lab.waitForPhase(POD, 'Running');

  lab.file('liveready-pod.yaml', READINESS_AND_LIVENESS);
  // The shell ignores SIGTERM, so this takes the whole grace period of 30 s.
  expect(await lab.kubectl.ok('delete', 'pod', POD)).toContain(`pod "${POD}" deleted`);
  await lab.kubectl.ok('apply', '-f', 'liveready-pod.yaml');

  const ready = await lab.waitForReady(POD, 75_000);
  expect(restarts(ready)).toBe(0);
  expect(await lab.kubectl.ok('describe', 'pod', POD)).toContain(
    'Liveness:       exec [ls index.html] delay=60s timeout=1s period=5s #success=1 #failure=3',
  );

  const failed = await lab.waitForEvent(
    POD,
    'Unhealthy',
    /^Liveness probe failed: ls: index\.html: No such file or directory\s*$/,
    45_000,
  );
  const startedAt = ready.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '';
  const delay = Date.parse(failed.firstTimestamp ?? '') - Date.parse(startedAt);
  expect(delay).toBeGreaterThanOrEqual(60_000);
  expect(delay).toBeLessThanOrEqual(67_000);

  const killing = 'Container server failed liveness probe, will be restarted';
  await lab.waitForEvent(POD, 'Killing', killing);
  // SIGTERM is ignored again: 30 s until the container ends and starts anew.
  await lab.waitForPod(POD, 'was restarted', (pod) => restarts(pod) === 1, 45_000);
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(
    new RegExp(`^${POD} +0/1 +Running +1 \\(\\d+s ago\\) +`, 'm'),
  );
  const described = await lab.kubectl.ok('describe', 'pod', POD);
  expect(described).toMatch(/Last State: +Terminated\n +Reason: +Error\n +Exit Code: +137/);
  expect(described).toMatch(new RegExp(`Normal +Killing +\\d+s +kubelet +${killing}`));
}
