import { expect } from 'vitest';
import type { Pod } from '../../src/generated/types.ts';
import { containerStatus, type Lab, restarts } from '../harness/lab.ts';

/**
 * The document prints the lines from `ports` to `port: liveness-port` of the first container, as
 * a fragment (with its probe moved in among the ports, which is not YAML). The second container's
 * port has the same name and another number; the third has no port of that name.
 */
const NAMED_PORT = `apiVersion: v1
kind: Pod
metadata:
  name: named-port
spec:
  containers:
  - name: liveness
    image: k8s.gcr.io/liveness
    args:
    - /server
    ports:
    - name: liveness-port
      containerPort: 8080
      hostPort: 8080
    livenessProbe:
      httpGet:
        path: /healthz
        port: liveness-port
      periodSeconds: 3
  - name: hello
    image: gcr.io/google-samples/hello-app:1.0
    env:
    - name: PORT
      value: "8081"
    ports:
    - name: liveness-port
      containerPort: 8081
    readinessProbe:
      httpGet:
        path: /hello
        port: liveness-port
      periodSeconds: 1
  - name: nameless
    image: busybox
    args: ["sleep", "600"]
    readinessProbe:
      tcpSocket:
        port: liveness-port
      periodSeconds: 1
`;

const POD = 'named-port';

/** Document 002: a name stands for the port of the probe's own container. */
export async function namedPort(lab: Lab): Promise<void> {
  await lab.apply('named-port.yaml', NAMED_PORT);
  const isReady = (name: string) => (pod: Pod) => containerStatus(pod, name).ready;
  await lab.waitForPod(POD, 'has hello ready', (pod) => hasStarted(pod) && isReady('hello')(pod));
  expect(await lab.kubectl.ok('logs', POD, '-c', 'hello')).toContain('Serving request: /hello');

  // Found at 8080 in the first container: it is probed, and restarted after its ten seconds.
  await lab.waitForEvent(POD, 'Unhealthy', /^Liveness probe failed: HTTP probe .*: 500$/);
  const restarted = await lab.waitForPod(POD, 'was restarted', (pod) => restarts(pod) === 1);
  expect(containerStatus(restarted, 'liveness').restartCount).toBe(1);

  // Nothing to ask in the third: an error, which makes it neither ready nor failed.
  expect(isReady('nameless')(restarted)).toBe(false);
  await lab.waitForEvent(POD, 'Unhealthy', /^Readiness probe errored/);
  expect(await lab.kubectl.ok('describe', 'pod', POD)).toContain(
    'http-get http://:liveness-port/healthz delay=0s timeout=1s period=3s #success=1 #failure=3',
  );
}

function hasStarted({ status }: Pod): boolean {
  return (status?.containerStatuses ?? []).length === 3;
}
