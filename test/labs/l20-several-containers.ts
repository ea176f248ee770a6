import { expect } from 'vitest';
import { containerStatus, type Lab, restarts } from '../harness/lab.ts';

/**
 * Document 004 describes a web server and what fills its folder: an init container prepares it, and
 * the containers share localhost and the volume. It prints no manifest.
 */
const TOGETHER = `apiVersion: v1
kind: Pod
metadata:
  name: together
spec:
  initContainers:
  - name: prepare
    image: busybox
    command: ["sh", "-c", "echo prepared > /work/index.html"]
    volumeMounts:
    - name: web
      mountPath: /work
  containers:
  - name: producer
    image: busybox
    command: ["sh", "-c", "while :; do date >> /work/index.html; sleep 1; done"]
    volumeMounts:
    - name: web
      mountPath: /work
  - name: consumer
    image: busybox
    command: ["sh", "-c", "touch /www/file; exec httpd -f -p 80 -h /www"]
    ports:
    - containerPort: 80
    volumeMounts:
    - name: web
      mountPath: /www
      readOnly: true
  - name: visitor
    image: busybox
    command: ["sh", "-c", "until wget -q -O - http://localhost/; do sleep 1; done; sleep 600"]
  volumes:
  - name: web
    emptyDir: {}
`;

const CONFLICT = `apiVersion: v1
kind: Pod
metadata:
  name: conflict
spec:
  containers:
  - name: first
    image: busybox
    command: ["httpd", "-f", "-p", "80"]
  - name: second
    image: busybox
    command: ["sh", "-c", "sleep 3; exec httpd -f -p 80"]
`;

/** Containers of a pod reach each other on localhost, and share what its volumes hold. */
export async function sharedPod(lab: Lab): Promise<void> {
  await lab.apply('together.yaml', TOGETHER);
  await lab.waitForReady('together');
  const visits = lab.background('logs', '-f', 'together', '-c', 'visitor');
  await visits.waitFor(/^prepared\n/m, 10_000);
  const consumer = await lab.kubectl.ok('logs', 'together', '-c', 'consumer');
  expect(consumer).toContain('Read-only file system');
  expect(await lab.kubectl.ok('get', 'pod', 'together')).toMatch(/3\/3 +Running +0 /);
  expect(await lab.kubectl.ok('logs', 'together', '-c', 'prepare')).toBe('');
}

/** A port is there once in a pod: who comes second fails, and that container alone. */
export async function portConflict(lab: Lab): Promise<void> {
  await lab.apply('conflict.yaml', CONFLICT);
  const pod = await lab.waitForPod(
    'conflict',
    'has the second container restarted',
    (one) => restarts(one) > 0,
  );
  expect(containerStatus(pod, 'first').restartCount).toBe(0);
  expect(containerStatus(pod, 'second').lastState?.terminated?.reason).toBe('Error');
  const log = await lab.kubectl.ok('logs', 'conflict', '-c', 'second', '--previous');
  expect(log).toContain('Address already in use');
  await lab.waitForEvent('conflict', 'BackOff', /^Back-off restarting failed container second /);
}
