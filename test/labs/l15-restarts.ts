import { expect } from 'vitest';
import type { ContainerStatus, Pod } from '../../src/generated/types.ts';
import { containerStatus, type Lab, restarts } from '../harness/lab.ts';
import { HELLO_WORLD, RESTART_POLICIES } from './manifests.ts';

const ALWAYS = 'hello-world-pod';
const ON_FAILURE = 'hello-world-onfailure-pod';
const NEVER = 'hello-world-never-pod';

/** The document's own command. The container may end before kubectl has heard how it ended. */
async function killall(lab: Lab, pod: string): Promise<void> {
  await lab.kubectl.run(['exec', pod, '--', '/usr/bin/killall', 'hello-app']);
}

/** Document 004: the policy Always, the default. */
export async function restartsAlways(lab: Lab): Promise<void> {
  const events = lab.background('get', 'events', '--watch');
  await lab.apply('pod.yaml', HELLO_WORLD);
  await lab.waitForReady(ALWAYS);
  // Whether it is pulled or present already depends on the labs that run beside this one.
  for (const reason of ['Scheduled', 'Pulled', 'Created', 'Started']) {
    await events.waitFor(new RegExp(` Normal +${reason} +pod/${ALWAYS} `), 10_000);
  }

  await killall(lab, ALWAYS);
  const restarted = await lab.waitForPod(ALWAYS, 'was restarted', isRunningAgain(1));
  // The first restart waits for nothing: the back-off would be 10 s.
  expect(secondsDown(containerStatus(restarted))).toBeLessThan(10);
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(
    new RegExp(`^${ALWAYS} +1/1 +Running +1 \\(\\d+s ago\\) +`, 'm'),
  );
  const described = await lab.kubectl.ok('describe', 'pod', ALWAYS);
  expect(described).toMatch(
    / State: +Running\n[\s\S]*Last State: +Terminated\n +Reason: +Error\n +Exit Code: +2\n[\s\S]*Restart Count: +1\n/,
  );
  const { reason, count } = await lab.waitForEvent(ALWAYS, 'Started', /hello-world|Container/);
  expect([reason, count]).toEqual(['Started', 2]);
  await lab.kubectl.ok('delete', 'pod', ALWAYS);
}

/** Document 004: OnFailure and Never, killed once and twice. */
export async function restartPolicies(lab: Lab): Promise<void> {
  await lab.apply('pod-restart-policy.yaml', RESTART_POLICIES);
  for (const name of [ON_FAILURE, NEVER]) {
    await lab.waitForReady(name);
    expect(await lab.kubectl.ok('get', 'pod', name)).toMatch(/1\/1 +Running +0 /);
  }

  await killall(lab, NEVER);
  await lab.waitForPhase(NEVER, 'Failed');
  expect(await lab.kubectl.ok('get', 'pod', NEVER)).toMatch(/0\/1 +Error +0 /);
  const never = await lab.kubectl.ok('describe', 'pod', NEVER);
  expect(never).toMatch(/ State: +Terminated\n +Reason: +Error\n +Exit Code: +2\n/);
  expect(never).toMatch(/Restart Count: +0\n/);
  expect(never).toMatch(/\n {2}Ready +False *\n/);
  expect(never).toMatch(/\n {2}ContainersReady +False *\n/);

  await killall(lab, ON_FAILURE);
  await lab.waitForPod(ON_FAILURE, 'was restarted', isRunningAgain(1));
  expect(await lab.kubectl.ok('get', 'pod', ON_FAILURE)).toMatch(/1\/1 +Running +1 \(/);

  await killall(lab, ON_FAILURE);
  await lab.waitForPod(ON_FAILURE, 'waits', isBackingOff);
  expect(await lab.kubectl.ok('get', 'pod', ON_FAILURE)).toMatch(/0\/1 +CrashLoopBackOff +1 \(/);
  const backOff = new RegExp(
    `^Back-off restarting failed container hello-world in pod ${ON_FAILURE}_${lab.namespace}\\(`,
  );
  await lab.waitForEvent(ON_FAILURE, 'BackOff', backOff);
  const waiting = containerStatus(await lab.pod(ON_FAILURE)).state?.waiting;
  expect(waiting?.message).toMatch(/^back-off 10s restarting failed container=hello-world pod=/);
  const described = await lab.kubectl.ok('describe', 'pod', ON_FAILURE);
  expect(described).toMatch(/ State: +Waiting\n +Reason: +CrashLoopBackOff\n/);
  expect(described).toMatch(/Last State: +Terminated\n +Reason: +Error\n +Exit Code: +2\n/);

  const second = await lab.waitForPod(ON_FAILURE, 'was restarted again', isRunningAgain(2));
  expectDown(second, 10);
  expect(await lab.kubectl.ok('get', 'pod', ON_FAILURE)).toMatch(/1\/1 +Running +2 \(/);

  await killall(lab, ON_FAILURE);
  const third = await lab.waitForPod(ON_FAILURE, 'was restarted again', isRunningAgain(3), 45_000);
  expectDown(third, 20);
  await lab.kubectl.ok('delete', 'pod', NEVER);
  await lab.kubectl.ok('delete', 'pod', ON_FAILURE);
}

/** What ends well: each policy with a command that is done at once. */
export async function completions(lab: Lab): Promise<void> {
  for (const [policy, name] of [
    ['Always', 'done-always'],
    ['OnFailure', 'done-onfailure'],
    ['Never', 'done-never'],
  ] as const) {
    await lab.kubectl.ok('run', name, '--image=busybox', `--restart=${policy}`, '--', 'true');
  }
  for (const name of ['done-onfailure', 'done-never']) {
    await lab.waitForPhase(name, 'Succeeded');
    expect(await lab.kubectl.ok('get', 'pod', name)).toMatch(/0\/1 +Completed +0 /);
    expect(await lab.kubectl.ok('describe', 'pod', name)).toMatch(
      / State: +Terminated\n +Reason: +Completed\n +Exit Code: +0\n/,
    );
  }
  const waiting = await lab.waitForPod('done-always', 'waits', isBackingOff);
  // How often it has been restarted by now depends on how long the others took.
  expect(restarts(waiting)).toBeGreaterThanOrEqual(1);
  expect(await lab.kubectl.ok('get', 'pod', 'done-always')).toMatch(
    /0\/1 +(CrashLoopBackOff|Completed) +[1-9]\d* \(/,
  );
  expect(await lab.kubectl.ok('describe', 'pod', 'done-always')).toMatch(
    /Last State: +Terminated\n +Reason: +Completed\n +Exit Code: +0\n/,
  );
}

function isBackingOff(pod: Pod): boolean {
  return pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff';
}

function isRunningAgain(count: number): (pod: Pod) => boolean {
  return (pod) =>
    restarts(pod) === count && pod.status?.containerStatuses?.[0]?.state?.running !== undefined;
}

/** The API's times are whole seconds, so a wait of 10 s may look like 10 to 11, and takes a start. */
function expectDown(pod: Pod, seconds: number): void {
  expect(secondsDown(containerStatus(pod))).toBeGreaterThanOrEqual(seconds);
  // The next delay would be twice as long.
  expect(secondsDown(containerStatus(pod))).toBeLessThan(2 * seconds);
}

/** From the end of the container before to the start of this one. */
function secondsDown({ state, lastState }: ContainerStatus): number {
  const finishedAt = Date.parse(lastState?.terminated?.finishedAt ?? '');
  return (Date.parse(state?.running?.startedAt ?? '') - finishedAt) / 1000;
}
