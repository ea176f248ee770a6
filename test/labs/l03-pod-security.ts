import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
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
  const list = async () => {
    const listing = await lab.kubectl.ok('exec', POD, '--', 'ls', '-l', '/etc/directory');
    return Number(LINE.exec(listing)?.[1] ?? 0);
  };
  const first = await waitUntil('the first line', 10_000, async () => (await list()) || undefined);
  await waitUntil('the next line', 15_000, async () => (await list()) > first);
}
