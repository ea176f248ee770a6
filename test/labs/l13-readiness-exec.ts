import { expect } from 'vitest';
import type { Endpoints } from '../../src/generated/types.ts';
import { isReady, type Lab, restarts } from '../harness/lab.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { READINESS_EXEC } from './manifests.ts';

const POD = 'readiness-exec';
const WAIT_MS = 30_000;

/** Document 002: a command says whether the pod serves; its file goes and comes back. */
export async function readinessExec(lab: Lab): Promise<void> {
  await lab.apply('readiness_exec.yaml', READINESS_EXEC);
  await lab.kubectl.ok('expose', 'pod', POD, '--port=80');
  await lab.waitForReady(POD);
  await serves(lab, true);

  await lab.kubectl.ok('exec', POD, '--', 'rm', '/tmp/healthy');
  await lab.waitForPod(POD, 'is not ready', (pod) => !isReady(pod));
  await serves(lab, false);
  expect(await lab.kubectl.ok('get', 'pod', POD)).toMatch(/0\/1 +Running +0 /);
  await lab.waitForEvent(
    POD,
    'Unhealthy',
    /^Readiness probe failed: cat: can't open '\/tmp\/healthy': No such file or directory/,
  );

  await lab.kubectl.ok('exec', POD, '--', 'touch', '/tmp/healthy');
  const pod = await lab.waitForReady(POD);
  await serves(lab, true);
  expect(restarts(pod)).toBe(0);
  await lab.kubectl.ok('delete', 'pod', '--all');
}

/** Waits until the Service has the pod among its endpoints, or has it no more. */
async function serves(lab: Lab, isServing: boolean): Promise<void> {
  const path = `/api/v1/namespaces/${lab.namespace}/endpoints/${POD}`;
  await waitUntil(`the service ${isServing ? 'has' : 'lacks'} the pod`, WAIT_MS, async () => {
    const endpoints = await lab.api.get<Endpoints>(path);
    const ready = (endpoints?.subsets ?? []).flatMap(({ addresses = [] }) => addresses);
    return ready.length === (isServing ? 1 : 0);
  });
}
