import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
import { waitUntil } from '../harness/wait-until.ts';

const CLAIM = `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  accessModes:
  - ReadWriteOnce
  resources:
    requests:
      storage: 1Gi
`;

/** Says what it finds, then adds a line that the next pod finds. */
const SCRIPT = [
  'echo "settings: $LEVEL $(cat /etc/settings/motd)"',
  'echo "secret: $PASSWORD"',
  'cat /data/log 2>/dev/null || echo "no data yet"',
  'echo "written by $HOSTNAME" >> /data/log',
  'sleep 3600',
].join('; ');

function pod(name: string): string {
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: busybox
    command: ["sh", "-c", ${JSON.stringify(SCRIPT)}]
    env:
    - name: LEVEL
      valueFrom:
        configMapKeyRef:
          name: settings
          key: level
    - name: PASSWORD
      valueFrom:
        secretKeyRef:
          name: credentials
          key: password
    volumeMounts:
    - name: data
      mountPath: /data
    - name: settings
      mountPath: /etc/settings
  volumes:
  - name: data
    persistentVolumeClaim:
      claimName: data
  - name: settings
    configMap:
      name: settings
`;
}

async function logOf(lab: Lab, name: string, text: string): Promise<string> {
  await lab.waitForReady(name);
  return waitUntil(`${name} says ${text}`, 30_000, async () => {
    const log = await lab.kubectl.ok('logs', name);
    return log.includes(text) ? log : undefined;
  });
}

/** Claim, ConfigMap and Secret outlive the pod; what it wrote is there for the next one. */
export async function dataOutside(lab: Lab): Promise<void> {
  const { kubectl } = lab;
  await kubectl.ok(
    'create',
    'configmap',
    'settings',
    '--from-literal=level=high',
    '--from-literal=motd=hello',
  );
  await kubectl.ok('create', 'secret', 'generic', 'credentials', '--from-literal=password=s3cret');
  await lab.apply('claim.yaml', CLAIM);
  expect(await kubectl.ok('get', 'pvc', 'data')).toMatch(/data +Pending +standard /);
  expect(await kubectl.ok('get', 'storageclass')).toMatch(
    /standard \(default\) +proa\.dev\/local-path +Delete +WaitForFirstConsumer +true /,
  );

  await lab.apply('first.yaml', pod('first'));
  const first = await logOf(lab, 'first', 'no data yet');
  expect(first).toContain('settings: high hello\nsecret: s3cret\n');
  expect(await kubectl.ok('get', 'pvc', 'data')).toMatch(
    /data +Bound +pvc-\S+ +1Gi +RWO +standard /,
  );
  expect(await kubectl.ok('get', 'pv')).toMatch(
    new RegExp(`pvc-\\S+ +1Gi +RWO +Delete +Bound +${lab.namespace}/data +standard `),
  );

  await kubectl.ok('delete', 'pod', 'first');
  expect(await kubectl.ok('get', 'pvc,configmap,secret')).toMatch(
    /persistentvolumeclaim\/data[\s\S]*configmap\/settings[\s\S]*secret\/credentials/,
  );
  await lab.apply('second.yaml', pod('second'));
  const second = await logOf(lab, 'second', 'written by first');
  expect(second).toContain('settings: high hello\nsecret: s3cret\n');
  const described = await kubectl.ok('describe', 'pvc', 'data');
  expect(described).toMatch(/Used By: +second\n/);
  expect(described).toContain('Successfully provisioned volume pvc-');

  // A claim in use stays until its pod is gone; its volume and its folder go with it.
  await kubectl.ok('delete', 'pvc', 'data', '--wait=false');
  expect(await kubectl.ok('get', 'pvc', 'data')).toMatch(/data +Terminating +pvc-/);
  await kubectl.ok('delete', 'pod', 'second');
  await waitUntil('claim and volume are gone', 30_000, async () => {
    const left = await kubectl.ok('get', 'pvc,pv', '--ignore-not-found', '-o', 'name');
    const volumes = await kubectl.ok('get', 'pv');
    return left.includes('claim/data') || volumes.includes(`${lab.namespace}/data `)
      ? undefined
      : true;
  });
}
