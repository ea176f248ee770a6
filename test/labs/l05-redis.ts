import { connect } from 'node:net';
import { expect } from 'vitest';
import type { Lab } from '../harness/lab.ts';
import { waitUntil } from '../harness/wait-until.ts';

const CONFIG = `maxmemory 2mb
maxmemory-policy allkeys-lru
`;

/** As printed, and once more with the file alone in a second place, through a subPath. */
const REDIS = `apiVersion: v1
kind: Pod
metadata:
  name: redis
spec:
  containers:
  - name: redis
    image: kubernetes/redis:v1
    env:
    - name: MASTER
      value: "true"
    ports:
    - containerPort: 6379
    resources:
      limits:
        cpu: "0.1"
    volumeMounts:
    - mountPath: /redis-master-data
      name: data
    - mountPath: /redis-master
      name: config
  volumes:
    - name: data
      emptyDir: {}
    - name: config
      configMap:
        name: redis-config
        items:
        - key: redis-config
          path: redis.conf
`;
const WITH_SUB_PATH = REDIS.replace(
  '  volumes:\n',
  '    - {mountPath: /single/redis.conf, name: config, subPath: redis.conf}\n  volumes:\n',
);

/** Document 001, lab 2.4: redis with its configuration in a volume. */
export async function redis(lab: Lab): Promise<void> {
  lab.file('redis-config', CONFIG);
  await lab.kubectl.ok('create', 'configmap', 'redis-config', '--from-file=redis-config');
  const described = await lab.kubectl.ok('describe', 'configmap', 'redis-config');
  expect(described).toMatch(/^Name: +redis-config$/m);
  expect(described).toContain(`Data\n====\nredis-config:\n----\n${CONFIG}`);

  lab.file('redis.yaml', WITH_SUB_PATH);
  await lab.kubectl.ok('create', '-f', 'redis.yaml');
  const pod = await lab.waitForReady('redis');
  const ask = (command: string) => askRedis(pod.status?.podIP ?? '', command);
  expect(await ask('CONFIG GET maxmemory')).toContain('2097152');
  expect(await ask('CONFIG GET maxmemory-policy')).toContain('allkeys-lru');

  // A tenth of a processor.
  expect(await lab.cpuQuota('redis')).toBe(0.1);

  const changed = CONFIG.replace('2mb', '4mb');
  const patch = JSON.stringify({ data: { 'redis-config': changed } });
  await lab.kubectl.ok('patch', 'configmap', 'redis-config', '--type=merge', '-p', patch);
  const file = await lab.pathIn('redis', '/redis-master/redis.conf');
  await waitUntil('the file in the volume has changed', 10_000, () => lab.read(file) === changed);
  expect(lab.read(await lab.pathIn('redis', '/single/redis.conf'))).toBe(CONFIG);
}

/** What redis answers to one command, over its own protocol. */
function askRedis(host: string, command: string): Promise<string> {
  return waitUntil(
    'redis answers',
    10_000,
    () =>
      new Promise<string | false>((resolve) => {
        const socket = connect(6379, host);
        let text = '';
        socket.setEncoding('utf8');
        socket.on('connect', () => socket.write(`${command}\r\nQUIT\r\n`));
        socket.on('data', (part: string) => {
          text += part;
        });
        socket.on('error', () => resolve(false));
        socket.on('close', () => resolve(text.includes('+OK') && text));
      }),
  );
}
