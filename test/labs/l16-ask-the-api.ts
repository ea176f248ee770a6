import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
import { HELLO_WORLD } from './manifests.ts';

/** Document 004: the API explains its own fields, and a pod's conditions. */
export async function askTheApi(lab: Lab): Promise<void> {
  const explained = await lab.kubectl.ok('explain', 'pods.spec.restartPolicy');
  expect(explained).toMatch(/^KIND: +Pod$/m);
  expect(explained).toMatch(/^VERSION: +v1$/m);
  expect(explained).toMatch(/^FIELD: restartPolicy <string>$/m);
  // kubectl breaks lines at 80 columns.
  const text = explained.replace(/\s+/g, ' ');
  expect(text).toContain('Restart policy for all containers within the pod.');
  expect(text).toContain('One of Always, OnFailure, Never.');
  expect(text).toContain('Default to Always.');

  await lab.apply('pod.yaml', HELLO_WORLD);
  await lab.waitForReady('hello-world-pod');
  const described = await lab.kubectl.ok('describe', 'pod', 'hello-world-pod');
  for (const type of ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled']) {
    expect(described).toMatch(new RegExp(`\\n {2}${type} +True *\\n`));
  }
}
