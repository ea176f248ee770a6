import { expect } from 'vitest';
import { type Lab, restarts } from '../harness/lab.ts';
import { LIVENESS_EXEC } from './manifests.ts';

const POD = 'liveness-exec';
const NO_FILE = "Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory";

/** Document 002: a command probes; its file goes after 30 s. */
export async function execLiveness(lab: Lab): Promise<void> {
  await lab.apply('simple_liveness.yaml', LIVENESS_EXEC);
  const watch = lab.background('get', 'pods', POD, '--watch', '-o', 'wide');
  await watch.waitFor(/NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE/, 15_000);
  await watch.waitFor(/^liveness-exec +1\/1 +Running +0 +\S+ +10\.\d+\.\d+\.\d+ +\S+/m, 15_000);

  // Within 30 s: five lines, as the document shows them, and nothing wrong.
  const early = await lab.kubectl.ok('describe', 'pod', POD);
  expect(early).toMatch(/Normal +Scheduled +\d+s +default-scheduler +Successfully assigned/);
  for (const reason of ['Pulling', 'Pulled', 'Created', 'Started']) {
    expect(early).toMatch(new RegExp(`Normal +${reason} +\\d+s +kubelet +`));
  }
  expect(early).not.toContain('Unhealthy');

  const failed = await lab.waitForEvent(POD, 'Unhealthy', new RegExp(`^${NO_FILE}\\s*$`), 45_000);
  const pod = await lab.pod(POD);
  const startedAt = pod?.status?.containerStatuses?.[0]?.state?.running?.startedAt ?? '';
  const delay = Date.parse(failed.firstTimestamp ?? '') - Date.parse(startedAt);
  expect(delay).toBeGreaterThanOrEqual(29_000);
  expect(delay).toBeLessThanOrEqual(37_000);
  const late = await lab.kubectl.ok('describe', 'pod', POD);
  expect(late).toMatch(new RegExp(`Warning +Unhealthy +.* kubelet +${NO_FILE}`));

  // Three failures, then 30 s of grace that the shell lets pass.
  await lab.waitForPod(POD, 'was restarted', (pod) => restarts(pod) === 1, 60_000);
  await watch.waitFor(/^liveness-exec +1\/1 +Running +1 \(\d+s ago\) +/m, 10_000);
  expect(await lab.kubectl.ok('get', 'pod', POD)).toMatch(
    /^liveness-exec +1\/1 +Running +1 \(\d+s ago\)/m,
  );
  await lab.waitForEvent(
    POD,
    'Killing',
    'Container liveness failed liveness probe, will be restarted',
  );
}
