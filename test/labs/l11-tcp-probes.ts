import { expect } from 'vitest';
import { isReady, type Lab, restarts } from '../harness/lab.ts';
import { GOPROXY } from './manifests.ts';

const POD = 'goproxy';
const REFUSED = /probe failed: dial tcp [\d.]+:8080: connect: connection refused$/;

/** Document 002: a port that is open means ready and alive. */
export async function tcpProbes(lab: Lab): Promise<void> {
  await lab.apply('tcp-liveness-readiness.yaml', GOPROXY);
  const ready = await lab.waitForReady(POD);
  expect(restarts(ready)).toBe(0);
  const described = await lab.kubectl.ok('describe', 'pod', POD);
  expect(described).toContain(
    'Liveness:       tcp-socket :8080 delay=15s timeout=1s period=20s #success=1 #failure=3',
  );
  expect(described).toContain(
    'Readiness:      tcp-socket :8080 delay=5s timeout=1s period=10s #success=1 #failure=3',
  );

  // The stand-in closes its port at this signal. A person would send it by `kubectl exec`; the
  // test does from the machine.
  process.kill(await lab.pid(POD), 'SIGUSR1');
  await lab.waitForPod(POD, 'is not ready', (pod) => !isReady(pod), 45_000);
  expect(await lab.kubectl.ok('get', 'pod', POD)).toMatch(/^goproxy +0\/1 +Running +0 /m);
  const failed = await lab.waitForEvent(POD, 'Unhealthy', REFUSED);
  expect(failed.message).toContain((await lab.pod(POD))?.status?.podIP);

  await lab.waitForPod(POD, 'was restarted', (pod) => restarts(pod) === 1, 90_000);
  const killing = 'Container goproxy failed liveness probe, will be restarted';
  await lab.waitForEvent(POD, 'Killing', killing);
  await lab.waitForEvent(POD, 'Unhealthy', /^Liveness probe failed: dial tcp /);
  await lab.waitForReady(POD);
  expect(await lab.kubectl.ok('get', 'pod', POD)).toMatch(/^goproxy +1\/1 +Running +1 \(/m);
}
