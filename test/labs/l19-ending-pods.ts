import { expect } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { isProcessAlive } from '../harness/container-process.ts';
import type { Lab } from '../harness/lab.ts';
import { waitUntil } from '../harness/wait-until.ts';

function pod(name: string, script: string, container = ''): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
  - name: main
    image: busybox
    args: ["sh", "-c", ${JSON.stringify(script)}]
${container}`;
}

const OBEYS = 'trap "echo got TERM; exit 0" TERM; echo ready; while :; do sleep 0.1; done';
/** Nothing handles the signal, and process 1 has no default for it. */
const IGNORES = 'echo ready; while :; do sleep 1; done';
const PRE_STOP = `    lifecycle:
      preStop:
        exec:
          command: ["sh", "-c", "echo preStop begins > /proc/1/fd/1; sleep 2; echo preStop ends > /proc/1/fd/1"]
`;

async function startPod(lab: Lab, name: string, script: string, container = ''): Promise<Pod> {
  await lab.apply(`${name}.yaml`, pod(name, script, container));
  return lab.waitForReady(name);
}

/** SIGTERM ends a container that listens, long before the grace period is over. */
export async function obedientPod(lab: Lab): Promise<void> {
  await startPod(lab, 'obeys', OBEYS);
  const pid = await lab.pid('obeys');
  const log = lab.background('logs', '-f', 'obeys');
  await log.waitFor('ready', 10_000);
  const startedAt = Date.now();
  expect(await lab.kubectl.ok('delete', 'pod', 'obeys')).toContain('pod "obeys" deleted');
  expect(Date.now() - startedAt).toBeLessThan(8_000);
  await log.waitFor('got TERM', 5_000);
  expect(isProcessAlive(pid)).toBe(false);
  await lab.waitForEvent('obeys', 'Killing', 'Stopping container main');
}

/** One that does not listen gets SIGKILL after the grace period. */
export async function stubbornPod(lab: Lab): Promise<void> {
  await startPod(lab, 'ignores', IGNORES);
  const pid = await lab.pid('ignores');
  const startedAt = Date.now();
  const deleting = lab.kubectl.ok('delete', 'pod', 'ignores', '--grace-period=5');
  const terminating = await lab.waitForPod(
    'ignores',
    'is to be deleted',
    ({ metadata }) => metadata.deletionTimestamp !== undefined,
  );
  expect(terminating.metadata.deletionGracePeriodSeconds).toBe(5);
  expect(await lab.kubectl.ok('get', 'pod', 'ignores')).toMatch(/1\/1 +Terminating +0 /);
  await deleting;
  const seconds = (Date.now() - startedAt) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(5);
  expect(seconds).toBeLessThan(12);
  expect(isProcessAlive(pid)).toBe(false);
}

/** The command before the end runs first, and its time counts. */
export async function preStop(lab: Lab): Promise<void> {
  await startPod(lab, 'hooked', OBEYS, PRE_STOP);
  const log = lab.background('logs', '-f', 'hooked');
  await log.waitFor('ready', 10_000);
  await lab.kubectl.ok('delete', 'pod', 'hooked');
  await log.waitFor('got TERM', 5_000);
  expect(log.output()).toMatch(/preStop begins\n[\s\S]*preStop ends\n[\s\S]*got TERM\n/);
}

/** The object goes at once, and the process is ended all the same. */
export async function forcedPod(lab: Lab): Promise<void> {
  const before = await startPod(lab, 'forced', IGNORES);
  const pid = await lab.pid('forced');
  const { stdout, stderr } = await lab.kubectl.okWith(
    {},
    'delete',
    'pod',
    'forced',
    '--grace-period=0',
    '--force',
  );
  expect(stderr).toContain('Immediate deletion does not wait for confirmation');
  expect(stdout).toContain('pod "forced" force deleted');
  expect(await lab.pod('forced')).toBeUndefined();

  // The same name is free again at once, and what runs under it is another container.
  const again = await startPod(lab, 'forced', IGNORES);
  expect(again.metadata.uid).not.toBe(before.metadata.uid);
  await waitUntil('the forced pod has no process', 15_000, () => !isProcessAlive(pid));
  expect(isProcessAlive(await lab.pid('forced'))).toBe(true);
}
