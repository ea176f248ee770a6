import { expect, test } from 'vitest';
import { events, pods } from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { isReady, NODE, SimNode } from './sim-node.ts';

const images = [
  { name: 'web', script: 'echo serving; serve 80' },
  { name: 'other', script: 'serve 80' },
  { name: 'done', script: 'true' },
  { name: 'deaf', script: "trap '' TERM; serve 80" },
];
const NAME = `web-${NODE}`;

function manifest(image = 'web', spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image }], ...spec },
  };
}

async function nodeEvents(node: SimNode): Promise<string[]> {
  await node.clock.advance(0);
  const { items } = await node.client.list(events, { namespace: 'default' });
  return items
    .filter(({ involvedObject, type }) => involvedObject.name === NODE && type === 'Warning')
    .map(({ reason, message }) => `${reason}: ${message}`);
}

async function runningImages(node: SimNode): Promise<string[]> {
  const running = (await node.runtime.listContainers()).filter(({ state }) => state === 'running');
  const statuses = await Promise.all(running.map(({ id }) => node.runtime.containerStatus(id)));
  return statuses.map(({ image }) => image);
}

async function exists(node: SimNode, name = NAME): Promise<boolean> {
  return node.pod(name).then(
    () => true,
    () => false,
  );
}

test('a file becomes a pod, shown by a mirror with its status', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest());
  await node.clock.advance(100);
  const pod = await node.until(NAME, isReady);
  const { annotations = {}, labels, ownerReferences = [] } = pod.metadata;
  const hash = annotations['kubernetes.io/config.hash'];
  expect(hash).toMatch(/^[0-9a-f]{32}$/);
  expect(annotations).toMatchObject({
    'kubernetes.io/config.mirror': hash,
    'kubernetes.io/config.source': 'file',
  });
  expect(labels).toEqual({ app: 'web' });
  expect(ownerReferences).toMatchObject([{ kind: 'Node', name: NODE, controller: true }]);
  expect(pod.spec.nodeName).toBe(NODE);
  expect(pod.spec.tolerations).toContainEqual({ operator: 'Exists', effect: 'NoExecute' });
  expect(pod.status?.podIP).toBe('10.42.0.2');
  expect(await node.logs(NAME)).toBe('serving\n');
  // kubectl describe looks for the events of the pod that the mirror shows.
  expect(await node.events(NAME)).toContain('Started: Started container c');
  const { items } = await node.client.list(events, { namespace: 'default' });
  const started = items.find(({ reason }) => reason === 'Started');
  expect(started?.involvedObject.uid).toBe(hash);
  await node.stopKubelet();
});

test('a mirror that is deleted comes again, and the containers go on', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest());
  await node.clock.advance(100);
  const before = await node.until(NAME, isReady);
  await node.client.delete(pods, NAME, 'default');
  await node.clock.advance(1_000);
  const after = await node.until(NAME, isReady);
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  const id = (pod: Pod) => pod.status?.containerStatuses?.[0]?.containerID;
  expect(id(after)).toBe(id(before));
  expect(after.status?.startTime).toBe(before.status?.startTime);
  await node.stopKubelet();
});

test('a changed file ends the pod and starts the new one, a removed one ends it', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest('deaf', { terminationGracePeriodSeconds: 5 }));
  await node.clock.advance(100);
  const before = await node.until(NAME, isReady);
  node.manifests.write('web.yaml', manifest('other'));
  await node.clock.advance(4_000);
  expect(await runningImages(node)).toEqual([expect.stringContaining('deaf')]);
  await node.clock.advance(2_000);
  const after = await node.until(NAME, isReady);
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  expect(after.spec.containers[0]?.image).toBe('other');
  expect(await runningImages(node)).toEqual([expect.stringContaining('other')]);
  node.manifests.write('web.yaml', undefined);
  await node.clock.advance(1_000);
  expect(await exists(node)).toBe(false);
  expect(await node.runtime.listSandboxes()).toEqual([]);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});

test('the order of fields in a file means nothing', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest('web', { hostNetwork: true, restartPolicy: 'Always' }));
  await node.clock.advance(100);
  const before = await node.until(NAME, isReady);
  node.manifests.write('web.yaml', manifest('web', { restartPolicy: 'Always', hostNetwork: true }));
  await node.clock.advance(10_000);
  expect((await node.pod(NAME)).metadata.uid).toBe(before.metadata.uid);
  await node.stopKubelet();
});

test('a kubelet that starts anew adopts its static pods, and removes the mirrors of others', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest());
  node.manifests.write('gone.yaml', { ...manifest(), metadata: { name: 'gone' } });
  await node.clock.advance(100);
  const before = await node.until(NAME, isReady);
  await node.until(`gone-${NODE}`, isReady);
  await node.stopKubelet();
  node.manifests.write('gone.yaml', undefined);
  node.startKubelet();
  await node.clock.advance(31_000);
  const after = await node.pod(NAME);
  expect(after.metadata.uid).toBe(before.metadata.uid);
  expect(after.status).toEqual(before.status);
  expect(await exists(node, `gone-${NODE}`)).toBe(false);
  expect((await node.runtime.listSandboxes()).length).toBe(1);
  await node.stopKubelet();
});

test('a file that changed while no kubelet ran waits until the old pod has ended', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest('deaf', { terminationGracePeriodSeconds: 5 }));
  await node.clock.advance(100);
  await node.until(NAME, isReady);
  await node.stopKubelet();
  node.manifests.write('web.yaml', manifest('other'));
  node.startKubelet();
  await node.clock.advance(4_500);
  expect(await runningImages(node)).toEqual(['docker.io/library/deaf:latest']);
  await node.clock.advance(1_000);
  expect(await runningImages(node)).toEqual(['docker.io/library/other:latest']);
  const pod = await node.until(NAME, isReady);
  expect(pod.spec.containers[0]?.image).toBe('other');
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  await node.stopKubelet();
});

test('a pod that has run to its end stays ended over a restart', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest('done', { restartPolicy: 'Never' }));
  await node.clock.advance(100);
  const isOver = (pod: Pod) => pod.status?.phase === 'Succeeded';
  const before = await node.until(NAME, isOver);
  await node.stopKubelet();
  node.startKubelet();
  await node.clock.advance(5_000);
  expect((await node.pod(NAME)).status).toEqual(before.status);
  await node.stopKubelet();
});

test.each<[string, unknown, string]>([
  [
    'a Secret',
    manifest('web', { volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
    'static pods may not reference secrets',
  ],
  [
    'a ConfigMap',
    manifest('web', {
      containers: [{ name: 'c', image: 'web', envFrom: [{ configMapRef: { name: 'm' } }] }],
    }),
    'static pods may not reference configmaps',
  ],
  [
    'a service account',
    manifest('web', { serviceAccountName: 'default' }),
    'static pods may not reference serviceaccounts',
  ],
  [
    'a claim',
    manifest('web', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }),
    'static pods may not reference persistentvolumeclaims',
  ],
  ['no name', { ...manifest(), metadata: {} }, 'invalid pod: name is needed for the pod'],
  [
    'a bad spec',
    manifest('web', { containers: [] }),
    'invalid pod: spec.containers: Required value',
  ],
  ['what is no YAML', new Error('yaml: bad indentation'), 'yaml: bad indentation'],
])('a file with %s is told, and others go on', async (_, value, text) => {
  const node = await SimNode.start(images);
  node.manifests.write('bad.yaml', value);
  node.manifests.write('web.yaml', { ...manifest(), metadata: { name: 'good' } });
  await node.clock.advance(100);
  await node.until(`good-${NODE}`, isReady);
  expect(await nodeEvents(node)).toEqual([
    `FailedValidation: Error validating static pod from file bad.yaml: ${text}`,
  ]);
  expect(await exists(node)).toBe(false);
  await node.stopKubelet();
});

test('a file that becomes bad leaves its pod running until it is put right', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('web.yaml', manifest());
  await node.clock.advance(100);
  const before = await node.until(NAME, isReady);
  node.manifests.write('web.yaml', manifest('web', { containers: [] }));
  await node.clock.advance(60_000);
  expect((await node.pod(NAME)).metadata.uid).toBe(before.metadata.uid);
  node.manifests.write('web.yaml', manifest('other'));
  await node.clock.advance(1_000);
  expect((await node.until(NAME, isReady)).spec.containers[0]?.image).toBe('other');
  await node.stopKubelet();
});

test('of two files with one name the first counts', async () => {
  const node = await SimNode.start(images);
  node.manifests.write('b.yaml', manifest('other'));
  node.manifests.write('a.yaml', manifest('web'));
  await node.clock.advance(1_000);
  await node.until(NAME, isReady);
  expect(await nodeEvents(node)).toEqual([
    `FailedValidation: Error validating static pod from file b.yaml: duplicate pod name "default/${NAME}", ignoring`,
  ]);
  await node.clock.advance(1_000);
  expect(await runningImages(node)).toEqual([expect.stringContaining('web')]);
  await node.stopKubelet();
});
