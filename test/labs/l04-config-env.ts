import { expect } from 'vitest';
import { containerStatus, type Lab } from '../harness/lab.ts';

/** The document's manifest with `name` where it belongs; busybox shows what it got. */
const ENV_FROM = `kind: Pod
apiVersion: v1
metadata:
  name: pod-env-var
spec:
  containers:
    - name: env-var-configmap
      image: nginx:1.7.9
      envFrom:
        - configMapRef:
            name: example-configmap
`;

const POD = 'pod-env-var';

/** Document 001: environment from a ConfigMap, which comes after the pod. */
export async function configEnv(lab: Lab): Promise<void> {
  lab.file('pod-env-var.yaml', ENV_FROM);
  await lab.kubectl.ok('create', '-f', 'pod-env-var.yaml');
  const held = await lab.waitForPod(
    POD,
    'waits',
    ({ status }) =>
      status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  const { waiting } = containerStatus(held).state ?? {};
  expect(waiting?.message).toBe('configmap "example-configmap" not found');
  expect(await lab.kubectl.ok('get', 'pods')).toContain('CreateContainerConfigError');

  // Names that a shell could not have are names all the same, since v1.34.
  const literals = ['key=value', 'dotted.name=1', '1st-name=2'].map(
    (one) => `--from-literal=${one}`,
  );
  await lab.kubectl.ok('create', 'configmap', 'example-configmap', ...literals);
  await lab.waitForReady(POD);
  const environment = await lab.environment(POD);
  expect(environment).toEqual(expect.arrayContaining(['key=value', 'dotted.name=1', '1st-name=2']));
}

/** Document 001: a key that is not there holds the pod; what is optional does not. */
export async function configKeys(lab: Lab): Promise<void> {
  await lab.kubectl.ok('create', 'configmap', 'settings', '--from-literal=there=1');
  const from = (key: string, optional = false) => ({
    valueFrom: { configMapKeyRef: { name: 'settings', key, optional } },
  });
  await lab.createPod('keys', {
    args: ['sleep', '600'],
    envFrom: [{ secretRef: { name: 'none', optional: true } }],
    env: [
      { name: 'THERE', ...from('there') },
      { name: 'MAYBE', ...from('maybe', true) },
      { name: 'MISSING', ...from('missing') },
    ],
  });
  const text = `Error: couldn't find key missing in ConfigMap ${lab.namespace}/settings`;
  await lab.waitForEvent('keys', 'Failed', text);
  const patch = '{"data":{"missing":"came"}}';
  await lab.kubectl.ok('patch', 'configmap', 'settings', '--type=merge', '-p', patch);
  await lab.waitForReady('keys');
  const environment = await lab.environment('keys');
  expect(environment).toEqual(expect.arrayContaining(['THERE=1', 'MISSING=came']));
  expect(environment.join('\n')).not.toContain('MAYBE');
}
