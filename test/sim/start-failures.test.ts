import { expect, test } from 'vitest';
import { configMaps, secrets, services } from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { conditionOf, isReady, SimNode } from './sim-node.ts';

function waiting(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.waiting;
}

const waitsFor = (reason: string) => (pod: Pod) => waiting(pod)?.reason === reason;

test('an image that cannot be pulled: ErrImagePull, then back-off 10, 20, 40 s', async () => {
  const bad = { name: 'bad', script: 'true', present: false, pullError: 'denied' };
  const node = await SimNode.start([bad]);
  const startedAt = node.clock.now();
  await node.createPod('p', { containers: [{ name: 'c', image: 'bad:latest' }] });
  const error =
    'failed to pull and unpack image "docker.io/library/bad:latest": ' +
    'failed to resolve reference "docker.io/library/bad:latest": denied';
  expect(waiting(await node.until('p', waitsFor('ErrImagePull')))?.message).toBe(error);
  const pod = await node.until('p', waitsFor('ImagePullBackOff'));
  expect(waiting(pod)?.message).toBe(`Back-off pulling image "bad:latest": ErrImagePull: ${error}`);
  expect(await node.events('p')).toEqual([
    'Pulling: Pulling image "bad:latest"',
    `Failed: Failed to pull image "bad:latest": ${error}`,
    'Failed: Error: ErrImagePull',
    'BackOff: Back-off pulling image "bad:latest"',
    'Failed: Error: ImagePullBackOff',
  ]);
  expect(await node.logs('p')).toBe(
    'container "c" in pod "p" is waiting to start: trying and failing to pull image',
  );
  const pulls = async () => {
    const event = (await node.events('p')).find((text) => text.startsWith('Pulling'));
    return Number(/\(x(\d+)\)/.exec(event ?? '')?.[1] ?? 1);
  };
  const times: number[] = [];
  for (let seen = 1; times.length < 3; ) {
    await node.clock.advance(1_000);
    if ((await pulls()) === seen) continue;
    seen++;
    times.push((node.clock.now() - startedAt) / 1000);
  }
  expect(times).toEqual([10, 30, 70]);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test('pods that need one image at one time share its pull', async () => {
  const slow = { name: 'slow', script: 'serve 80', present: false, pullMs: 4_000 };
  const node = await SimNode.start([slow]);
  let pulls = 0;
  const pull = node.runtime.pullImage.bind(node.runtime);
  node.runtime.pullImage = (...args) => {
    pulls++;
    return pull(...args);
  };
  for (const name of ['a', 'b']) {
    await node.createPod(name, { containers: [{ name: 'c', image: 'slow' }] });
  }
  await node.clock.advance(4_000);
  expect(isReady(await node.pod('a')) && isReady(await node.pod('b'))).toBe(true);
  expect(pulls).toBe(1);
  await node.stopKubelet();
});

test.each([
  [
    'Never',
    'gone:1',
    'ErrImageNeverPull',
    'Container image "gone:1" is not present with pull policy of Never',
  ],
  [
    'IfNotPresent',
    'UPPER:1',
    'InvalidImageName',
    'Failed to apply default image tag "UPPER:1": couldn\'t parse image name "UPPER:1": invalid reference format: repository name (library/UPPER) must be lowercase',
  ],
])('pull policy %s with image %s: %s', async (imagePullPolicy, image, reason, message) => {
  const node = await SimNode.start([]);
  await node.createPod('p', { containers: [{ name: 'c', image, imagePullPolicy }] });
  const pod = await node.until('p', waitsFor(reason));
  expect(waiting(pod)?.message).toBe(message);
  await node.stopKubelet();
});

test('an image that is present is not pulled', async () => {
  const node = await SimNode.start([{ name: 'web:1', script: 'serve 80' }]);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web:1' }] });
  await node.until('p', isReady);
  expect((await node.events('p'))[0]).toBe(
    'Pulled: Container image "web:1" already present on machine',
  );
  await node.stopKubelet();
});

test('L4: a missing ConfigMap or key holds the container until it is there', async () => {
  const node = await SimNode.start([{ name: 'env', script: 'env; serve 80' }]);
  await node.createPod('p', {
    containers: [
      {
        name: 'c',
        image: 'env',
        envFrom: [{ configMapRef: { name: 'all' }, prefix: 'P_' }],
        env: [
          { name: 'ONE', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
          { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'x', key: 'y', optional: true } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'TWO', value: '$(ONE)-$(UNKNOWN)-$$(ONE)' },
        ],
      },
    ],
  });
  const pod = await node.until('p', waitsFor('CreateContainerConfigError'));
  expect(waiting(pod)?.message).toBe('configmap "all" not found');
  expect(await node.events('p')).toContain('Failed: Error: configmap "all" not found');
  const metadata = (name: string) => ({ name, namespace: 'default' });
  await node.client.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata('all'),
    data: { A: '1' },
  });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: metadata('s') };
  await node.client.create(secrets, { ...secret, data: {} });
  const isKeyMissing = (p: Pod) =>
    waiting(p)?.message === "couldn't find key k in Secret default/s";
  await node.until('p', isKeyMissing, 0);
  await node.client.update(secrets, { ...secret, data: { k: btoa('v') } });
  await node.until('p', isReady, 0);
  const lines = (await node.logs('p')).trim().split('\n');
  expect(lines).toEqual(['P_A=1', 'ONE=v', 'IP=10.42.0.2', 'TWO=v-$(UNKNOWN)-$(ONE)']);
  await node.stopKubelet();
});

test('a restart that lacks a Secret waits for that, and for nothing else', async () => {
  const node = await SimNode.start([{ name: 'crash', script: 'sleep 5; exit 1' }]);
  const make = () =>
    node.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
      data: { k: btoa('v') },
    });
  await make();
  const secretKeyRef = { name: 's', key: 'k' };
  const env = [{ name: 'X', valueFrom: { secretKeyRef } }];
  await node.createPod('p', { containers: [{ name: 'c', image: 'crash', env }] });
  await node.until('p', isReady);
  await node.client.delete(secrets, 's', 'default');
  await node.until('p', waitsFor('CreateContainerConfigError'));
  // Longer than the back-off of a second restart.
  await node.clock.advance(15_000);
  expect(waiting(await node.pod('p'))).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'secret "s" not found',
  });
  await make();
  const pod = await node.until('p', isReady, 0);
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(1);
  await node.until('p', waitsFor('CrashLoopBackOff'));
  await node.stopKubelet();
});

test('services older than the pod are in its environment', async () => {
  const node = await SimNode.start([{ name: 'env', script: 'env; serve 80' }]);
  await node.client.create(services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'my-db', namespace: 'default' },
    spec: { clusterIP: '10.43.0.7', ports: [{ name: 'sql', port: 3306 }] },
  });
  await node.clock.advance(0);
  await node.createPod('p', { containers: [{ name: 'c', image: 'env' }] });
  await node.until('p', isReady);
  expect((await node.logs('p')).trim().split('\n')).toEqual([
    'MY_DB_SERVICE_HOST=10.43.0.7',
    'MY_DB_SERVICE_PORT=3306',
    'MY_DB_SERVICE_PORT_SQL=3306',
    'MY_DB_PORT=tcp://10.43.0.7:3306',
    'MY_DB_PORT_3306_TCP=tcp://10.43.0.7:3306',
    'MY_DB_PORT_3306_TCP_PROTO=tcp',
    'MY_DB_PORT_3306_TCP_PORT=3306',
    'MY_DB_PORT_3306_TCP_ADDR=10.43.0.7',
  ]);
  await node.stopKubelet();
});

test('a sandbox that cannot be made is told of and tried again', async () => {
  const node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  node.runtime.breakMethod('runSandbox', 'plugin type="bridge" failed');
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  await node.clock.advance(5_000);
  expect(await node.events('p')).toEqual([
    'FailedCreatePodSandBox: Failed to create pod sandbox: plugin type="bridge" failed (x3)',
  ]);
  node.runtime.breakMethod('runSandbox', '');
  await node.until('p', isReady);
  await node.stopKubelet();
});

test.each([
  ['createContainer', 'CreateContainerError'],
  ['startContainer', 'RunContainerError'],
] as const)('%s fails: %s', async (method, reason) => {
  const node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  // The text of the runtime's status is shown, its code is not.
  node.runtime.breakMethod(method, 'rpc error: code = Unknown desc = no such device');
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  const pod = await node.until('p', waitsFor(reason));
  expect(waiting(pod)?.message).toBe('no such device');
  expect(await node.events('p')).toContain('Failed: Error: no such device');
  node.runtime.breakMethod(method, '');
  await node.until('p', isReady);
  await node.stopKubelet();
});

test('a command that does not exist: RunContainerError, then CrashLoopBackOff', async () => {
  const node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web', command: ['nothere'] }] });
  const pod = await node.until('p', waitsFor('RunContainerError'));
  expect(waiting(pod)?.message).toContain('executable file not found in $PATH');
  await node.until('p', waitsFor('CrashLoopBackOff'));
  await node.stopKubelet();
});

test('runAsNonRoot refuses an image that runs as root', async () => {
  const node = await SimNode.start([{ name: 'web', script: 'serve 80' }]);
  const securityContext = { runAsNonRoot: true };
  await node.createPod('p', { securityContext, containers: [{ name: 'c', image: 'web' }] });
  const pod = await node.until('p', waitsFor('CreateContainerConfigError'));
  expect(waiting(pod)?.message).toBe(
    'container has runAsNonRoot and image will run as root ' +
      `(pod: "p_default(${pod.metadata.uid})", container: c)`,
  );
  await node.stopKubelet();
});

test('a pod beyond what the node has is refused with its reason', async () => {
  const node = await SimNode.start([]);
  const resources = { requests: { cpu: '5' } };
  await node.createPod('p', { containers: [{ name: 'c', image: 'web', resources }] });
  const pod = await node.until('p', (p) => p.status?.phase === 'Failed');
  expect(pod.status).toMatchObject({
    reason: 'OutOfcpu',
    message:
      "Pod was rejected: Node didn't have enough resource: cpu, " +
      'requested: 5000, used: 0, capacity: 4000',
  });
  await node.stopKubelet();
});

test('init containers run in order, before the others, and a sidecar stays beside them', async () => {
  const node = await SimNode.start([
    { name: 'step', script: 'sleep 5' },
    { name: 'web', script: 'serve 80' },
  ]);
  await node.createPod('p', {
    initContainers: [
      { name: 'one', image: 'step' },
      { name: 'side', image: 'web', restartPolicy: 'Always' },
      { name: 'two', image: 'step' },
    ],
    containers: [{ name: 'c', image: 'web' }],
  });
  await node.clock.advance(4_000);
  const early = await node.pod('p');
  expect(conditionOf(early, 'Initialized')).toBe('False ContainersNotInitialized');
  expect(early.status?.conditions?.find(({ type }) => type === 'Initialized')?.message).toBe(
    'containers with incomplete status: [one side two]',
  );
  expect(waiting(early)?.reason).toBe('PodInitializing');
  // kubectl makes Init:0/3 of it, where any other reason would stand in the number's place.
  const inits = early.status?.initContainerStatuses?.map(({ state }) => state?.waiting?.reason);
  expect(inits).toEqual([undefined, 'PodInitializing', 'PodInitializing']);
  expect(early.status?.phase).toBe('Pending');
  const pod = await node.until('p', isReady);
  expect((node.clock.now() - Date.parse(pod.status?.startTime ?? '')) / 1000).toBe(10);
  expect(pod.status?.initContainerStatuses?.map(({ name, ready }) => [name, ready])).toEqual([
    ['one', true],
    ['side', true],
    ['two', true],
  ]);
  expect(conditionOf(pod, 'Initialized')).toBe('True');
  await node.stopKubelet();
});

test.each([
  ['Never', 'Failed'],
  ['Always', 'Pending'],
])('an init container fails under policy %s: phase %s', async (restartPolicy, phase) => {
  const node = await SimNode.start([
    { name: 'crash', script: 'exit 1' },
    { name: 'web', script: 'serve 80' },
  ]);
  await node.createPod('p', {
    restartPolicy,
    initContainers: [{ name: 'init', image: 'crash' }],
    containers: [{ name: 'c', image: 'web' }],
  });
  await node.clock.advance(30_000);
  const pod = await node.pod('p');
  expect(pod.status?.phase).toBe(phase);
  expect(waiting(pod)?.reason).toBe('PodInitializing');
  await node.stopKubelet();
});

test('containers of a pod see one another through an emptyDir', async () => {
  const node = await SimNode.start([
    { name: 'writer', script: 'sleep 1; echo shared > /data/file; serve 80' },
    { name: 'reader', script: 'sleep 2; cat /in/file; serve 81' },
  ]);
  await node.createPod('p', {
    volumes: [{ name: 'v', emptyDir: {} }],
    containers: [
      { name: 'a', image: 'writer', volumeMounts: [{ name: 'v', mountPath: '/data' }] },
      { name: 'b', image: 'reader', volumeMounts: [{ name: 'v', mountPath: '/in' }] },
    ],
  });
  await node.clock.advance(3_000);
  expect(await node.logs('p', 'container=b')).toBe('shared\n');
  expect(await node.logs('p')).toBe(
    'a container name must be specified for pod p, choose one of: [a b]',
  );
  expect(await node.logs('p', 'container=a&previous=true')).toBe(
    'previous terminated container "a" in pod "p" not found',
  );
  await node.stopKubelet();
});
