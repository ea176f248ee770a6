import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
import { runCommand } from '../harness/run-command.ts';
import { waitUntil } from '../harness/wait-until.ts';
import { SECURITY_CONTEXT } from './manifests.ts';

const POD = 'security-context-pod';
const LINE = /^-rw-r--r-- +1 45 +231 +(\d+) .* file\.txt$/m;

/** Document 001, lab 2.3: whose files a container writes. */
export async function podSecurity(lab: Lab): Promise<void> {
  lab.file('security-pod.yaml', SECURITY_CONTEXT);
  await lab.kubectl.ok('create', '-f', 'security-pod.yaml');
  await lab.waitForReady(POD);
  expect(await lab.kubectl.ok('get', 'pods')).toMatch(/^security-context-pod +1\/1 +Running +0 /m);
  // The listing as the container sees it, without names for the numbers.
  const pid = String(await lab.pid(POD));
  const list = async () => {
    const command = ['-t', pid, '-m', '--', 'ls', '-l', '/etc/directory'];
    const { stdout } = await runCommand('nsenter', command);
    return Number(LINE.exec(stdout)?.[1] ?? 0);
  };
  const first = await waitUntil('the first line', 10_000, async () => (await list()) || undefined);
  await waitUntil('the next line', 15_000, async () => (await list()) > first);
}
