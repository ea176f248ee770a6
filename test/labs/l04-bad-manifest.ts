import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
import { MISPLACED_NAME } from './manifests.ts';

/** The manifest of a pod with envFrom as printed: `name` is not inside of configMapRef. */
export async function badManifest(lab: Lab): Promise<void> {
  lab.file('pod-env-var.yaml', MISPLACED_NAME);
  for (const verb of ['create', 'apply']) {
    const said = await lab.kubectl.fails(verb, '-f', 'pod-env-var.yaml');
    expect(said).toContain('Pod in version "v1" cannot be handled as a Pod');
    expect(said).toContain('strict decoding error');
    expect(said).toContain('unknown field "spec.containers[0].envFrom[0].name"');
  }
  expect((await lab.kubectl.run(['get', 'pods'])).stderr).toBe(
    `No resources found in ${lab.namespace} namespace.\n`,
  );
}
