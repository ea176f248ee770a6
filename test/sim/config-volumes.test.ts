import { expect, test } from 'vitest';
import { configMaps, pods, secrets } from '../../src/client/resources.ts';
import type { ConfigMap, Pod, Secret, Volume } from '../../src/generated/types.ts';
import { isReady, SimNode } from './sim-node.ts';

const SHOW = 'cat /v/a; serve 80';

function configMap(name: string, data: Record<string, string>, more: object = {}): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data,
    ...more,
  };
}

function secret(name: string, data: Record<string, string>): Secret {
  const encoded = Object.entries(data).map(([key, text]) => [key, btoa(text)]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default' },
    data: Object.fromEntries(encoded),
  };
}

async function start(): Promise<SimNode> {
  return SimNode.start([{ name: 'show', script: SHOW }]);
}

function createPod(node: SimNode, volumes: Volume[], metadata: object = {}): Promise<Pod> {
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  const containers = [{ name: 'c', image: 'show', volumeMounts }];
  return node.createPod('p', { volumes, containers }, metadata);
}

/** What the container's file holds at the moment. */
async function fileIn(node: SimNode, path: string): Promise<string> {
  const id = (await node.pod('p')).status?.containerStatuses?.[0]?.containerID ?? '';
  const { output } = await node.runtime.exec(id.replace(/^.*:\/\//, ''), ['cat', path], 1_000);
  return new TextDecoder().decode(output).trim();
}

test('a volume waits for its ConfigMap, says so, and the pod starts as soon as it is there', async () => {
  const node = await start();
  await createPod(node, [{ name: 'v', configMap: { name: 'late' } }]);
  await node.clock.advance(20_000);
  const pod = await node.pod('p');
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('ContainerCreating');
  const text = 'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "late" not found';
  expect((await node.events('p'))[0]).toMatch(text);
  await node.client.create(configMaps, configMap('late', { a: 'here' }));
  await node.until('p', isReady, 0);
  expect(await node.logs('p')).toBe('here\n');
  await node.stopKubelet();
});

test('volumes that are waited for in vain are named together after two minutes', async () => {
  const node = await start();
  const volumes = ['a', 'b', 'c'].map((name) => ({ name, configMap: { name } }));
  await node.client.create(configMaps, configMap('b', { a: '1' }));
  await createPod(node, [{ name: 'v', emptyDir: {} }, ...volumes]);
  const text =
    'FailedMount: Unable to attach or mount volumes: unmounted volumes=[a c], ' +
    'unattached volumes=[], failed to process volumes=[]: context deadline exceeded';
  await node.clock.advance(110_000);
  expect(await node.events('p')).not.toContain(text);
  await node.clock.advance(30_000);
  expect(await node.events('p')).toContain(text);
  await node.stopKubelet();
});

test.each<[string, Volume, string]>([
  [
    'a key that is missing',
    { name: 'v', configMap: { name: 'cm', items: [{ key: 'x', path: 'x' }] } },
    'configmap references non-existent config key: x',
  ],
  [
    'a path that names no file',
    { name: 'v', configMap: { name: 'cm', items: [{ key: 'a', path: '.' }] } },
    'invalid path: . names no file',
  ],
  [
    'a Secret that is missing',
    { name: 'v', secret: { secretName: 'no' } },
    'secret "no" not found',
  ],
  [
    'several sources that are missing',
    {
      name: 'v',
      projected: {
        sources: [
          { secret: { name: 's' } },
          { configMap: { name: 'cm' } },
          { configMap: { name: 't' } },
        ],
      },
    },
    '[secret "s" not found, configmap "t" not found]',
  ],
])('%s holds the pod', async (_name, volume, problem) => {
  const node = await start();
  await node.client.create(configMaps, configMap('cm', { a: '1' }));
  await createPod(node, [volume]);
  await node.clock.advance(100);
  expect(await node.events('p')).toEqual([
    `FailedMount: MountVolume.SetUp failed for volume "v" : ${problem}`,
  ]);
  await node.stopKubelet();
  await node.clock.advance(0);
  expect(node.clock.pending).toBe(0);
});

test('what is optional may be missing, and comes later', async () => {
  const node = await start();
  await createPod(node, [
    { name: 'v', configMap: { name: 'cm', optional: true } },
    { name: 'w', secret: { secretName: 's', optional: true } },
  ]);
  await node.until('p', isReady);
  expect(await fileIn(node, '/v/a')).toContain('No such file');
  await node.client.create(configMaps, configMap('cm', { a: 'came' }));
  await node.client.create(secrets, secret('s', { b: 'too' }));
  await node.clock.advance(0);
  expect([await fileIn(node, '/v/a'), await fileIn(node, '/w/b')]).toEqual(['came', 'too']);
  await node.stopKubelet();
});

test('selected keys, binary data and several sources become files', async () => {
  const node = await start();
  await node.client.create(
    configMaps,
    configMap('cm', { x: 'text', y: 'not this' }, { binaryData: { z: btoa('bytes') } }),
  );
  await node.client.create(secrets, secret('s', { k: 'hidden' }));
  const items = [
    { key: 'x', path: 'a' },
    { key: 'z', path: 'deep/z' },
  ];
  const fieldRef = { fieldPath: 'metadata.labels' };
  await createPod(
    node,
    [
      {
        name: 'v',
        projected: {
          sources: [
            { configMap: { name: 'cm', items } },
            { secret: { name: 's' } },
            { downwardAPI: { items: [{ path: 'labels', fieldRef }] } },
          ],
        },
      },
    ],
    { labels: { app: 'web', tier: 'b' } },
  );
  await node.until('p', isReady);
  const paths = ['a', 'deep/z', 'k', 'labels', 'y'].map((path) => fileIn(node, `/v/${path}`));
  expect(await Promise.all(paths)).toEqual([
    'text',
    'bytes',
    'hidden',
    'app="web"\ntier="b"',
    "cat: can't open '/v/y': No such file or directory",
  ]);
  await node.stopKubelet();
});

test('paths of files may be written in any way that leads to them', async () => {
  const node = await start();
  await node.client.create(configMaps, configMap('cm', { x: 'text' }));
  const items = ['./a', 'b//c/', 'd/./e'].map((path) => ({ key: 'x', path }));
  await createPod(node, [{ name: 'v', configMap: { name: 'cm', items } }]);
  await node.until('p', isReady);
  const paths = ['a', 'b/c', 'd/e'].map((path) => fileIn(node, `/v/${path}`));
  expect(await Promise.all(paths)).toEqual(['text', 'text', 'text']);
  await node.stopKubelet();
});

test('changes reach the files of a running pod, also after a restart of the kubelet', async () => {
  const node = await start();
  await node.client.create(configMaps, configMap('cm', { a: '1' }));
  await createPod(node, [{ name: 'v', configMap: { name: 'cm' } }]);
  await node.until('p', isReady);
  await node.client.update(configMaps, configMap('cm', { a: '2' }));
  await node.clock.advance(0);
  expect(await fileIn(node, '/v/a')).toBe('2');
  await node.stopKubelet();
  await node.client.update(configMaps, configMap('cm', { a: '3' }));
  node.startKubelet();
  await node.clock.advance(1_000);
  expect(await fileIn(node, '/v/a')).toBe('3');
  await node.client.update(configMaps, configMap('cm', { a: '4' }));
  await node.clock.advance(0);
  expect(await fileIn(node, '/v/a')).toBe('4');
  expect((await node.pod('p')).status?.containerStatuses?.[0]?.restartCount).toBe(0);
  await node.stopKubelet();
});

test('a ConfigMap that goes leaves its files, and is told of', async () => {
  const node = await start();
  await node.client.create(configMaps, configMap('cm', { a: '1' }));
  await createPod(node, [{ name: 'v', configMap: { name: 'cm' } }]);
  await node.until('p', isReady);
  await node.client.delete(configMaps, 'cm', 'default');
  await node.clock.advance(0);
  expect(await fileIn(node, '/v/a')).toBe('1');
  expect(await node.events('p')).toContain(
    'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "cm" not found',
  );
  await node.client.create(configMaps, configMap('cm', { a: 'again' }));
  await node.clock.advance(0);
  expect(await fileIn(node, '/v/a')).toBe('again');
  await node.stopKubelet();
});

test('labels and annotations follow the pod', async () => {
  const node = await start();
  const items = ['labels', 'annotations'].map((name) => {
    return { path: name, fieldRef: { fieldPath: `metadata.${name}` } };
  });
  await createPod(node, [{ name: 'v', downwardAPI: { items } }], { labels: { a: '1' } });
  await node.until('p', isReady);
  const metadata = { labels: { a: '2', b: '3' }, annotations: { note: 'line\nbreak' } };
  await node.client.patch(pods, { name: 'p', namespace: 'default' }, 'merge', { metadata });
  await node.clock.advance(0);
  expect(await fileIn(node, '/v/labels')).toBe('a="2"\nb="3"');
  expect(await fileIn(node, '/v/annotations')).toBe('note="line\\nbreak"');
  await node.stopKubelet();
});

test('each object that pods use is watched once, and only while it can change', async () => {
  const node = await start();
  await node.client.create(configMaps, configMap('cm', { a: '1' }));
  await node.client.create(configMaps, configMap('fixed', { a: '1' }, { immutable: true }));
  const watches: string[] = [];
  const { client } = node;
  const watch = client.watch.bind(client);
  client.watch = async (resource, options, signal) => {
    const body = await watch(resource, options, signal);
    const name = options.fieldSelector ?? '';
    if (resource.kind !== 'ConfigMap') return body;
    watches.push(name);
    const close = body.close.bind(body);
    body.close = () => {
      watches.splice(watches.indexOf(name), 1);
      close();
    };
    return body;
  };
  const volumes = [
    { name: 'v', configMap: { name: 'cm' } },
    { name: 'w', configMap: { name: 'fixed' } },
    { name: 'x', configMap: { name: 'cm' } },
  ];
  await createPod(node, volumes);
  await node.createPod('q', {
    volumes,
    containers: [{ name: 'c', image: 'show', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
  });
  await node.until('q', isReady);
  expect(watches).toEqual(['metadata.name=cm']);
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(40_000);
  expect(watches).toEqual(['metadata.name=cm']);
  await node.client.delete(pods, 'q', 'default');
  await node.clock.advance(40_000);
  expect(watches).toEqual([]);
  await node.stopKubelet();
});
