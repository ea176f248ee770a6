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
  await lab.waitForReady('redis');
  // Nothing probes it, and with a tenth of a processor it takes its time.
  const ping = ['exec', 'redis', '--', 'redis-cli', 'ping'];
  const answers = async () => (await lab.kubectl.run(ping)).stdout === 'PONG\n';
  await waitUntil('redis answers', 30_000, answers);
  const terminal = await lab.kubectl.terminal('exec', '-it', 'redis', '--', 'redis-cli');
  await terminal.waitFor('127.0.0.1:6379> ');
  terminal.type('CONFIG GET maxmemory\r');
  await terminal.waitFor('"2097152"');
  terminal.type('CONFIG GET maxmemory-policy\r');
  await terminal.waitFor('"allkeys-lru"');
  terminal.type('exit\r');
  expect(await terminal.ended()).toBe(0);

  // A tenth of a processor.
  expect(await lab.cpuQuota('redis')).toBe(0.1);

  const changed = CONFIG.replace('2mb', '4mb');
  const patch = JSON.stringify({ data: { 'redis-config': changed } });
  await lab.kubectl.ok('patch', 'configmap', 'redis-config', '--type=merge', '-p', patch);
  const file = await lab.pathIn('redis', '/redis-master/redis.conf');
  await waitUntil('the file in the volume has changed', 10_000, () => lab.read(file) === changed);
  expect(lab.read(await lab.pathIn('redis', '/single/redis.conf'))).toBe(CONFIG);
}
