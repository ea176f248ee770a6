import { afterEach, expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import { SimNode } from './sim-node.ts';

const IMAGES = [{ name: 'web', script: 'serve 80' }];
const ABLE = {
  features: { supplementalGroupsPolicy: true },
  handlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: true } }],
};
const CONTAINER = { name: 'main', image: 'web' };

let sim: SimNode;

afterEach(() => sim.stopKubelet());

const running = (name: string) =>
  sim.until(name, ({ status }) => status?.containerStatuses?.[0]?.ready === true);

test('mounts are recursively read-only where the runtime can', async () => {
  sim = await SimNode.start(IMAGES, { abilities: ABLE });
  const at = (mountPath: string, mode: object) => ({ name: 'data', mountPath, ...mode });
  const volumeMounts = [
    at('/a', { readOnly: true, recursiveReadOnly: 'Enabled' }),
    at('/b', { readOnly: true, recursiveReadOnly: 'IfPossible' }),
    at('/c', { readOnly: true }),
    at('/d', {}),
  ];
  const containers = [{ ...CONTAINER, volumeMounts }];
  await sim.createPod('web', { containers, volumes: [{ name: 'data', emptyDir: {} }] });
  const { status } = await running('web');
  expect(status?.containerStatuses?.[0]?.volumeMounts).toEqual([
    at('/a', { readOnly: true, recursiveReadOnly: 'Enabled' }),
    at('/b', { readOnly: true, recursiveReadOnly: 'Enabled' }),
    at('/c', { readOnly: true, recursiveReadOnly: 'Disabled' }),
    at('/d', {}),
  ]);
});

test('groups of the image are left out where the runtime can', async () => {
  sim = await SimNode.start(IMAGES, { abilities: ABLE });
  const securityContext = { supplementalGroupsPolicy: 'Strict' };
  await sim.createPod('web', { containers: [CONTAINER], securityContext });
  await running('web');
});

/** The node's ids of pods that have users of their own, by name. */
const idsOf = () =>
  Object.fromEntries(
    sim.runtime.sandboxConfigs.map(({ name, namespaces }) => [name, namespaces.users?.hostId]),
  );

test('pods have ids of their own, which outlive the kubelet and are given back', async () => {
  sim = await SimNode.start(IMAGES, { abilities: ABLE });
  const spec = { containers: [CONTAINER], hostUsers: false, terminationGracePeriodSeconds: 0 };
  await sim.createPod('a', spec);
  await running('a');
  await sim.createPod('b', spec);
  await running('b');
  await sim.createPod('plain', { ...spec, hostUsers: true });
  await running('plain');
  expect(idsOf()).toEqual({ a: 65_536, b: 131_072, plain: undefined });

  await sim.stopKubelet();
  sim.startKubelet();
  await sim.clock.advance(1_000);
  await sim.createPod('c', spec);
  await running('c');
  expect(idsOf()).toEqual({ a: 65_536, b: 131_072, plain: undefined, c: 196_608 });

  await sim.client.delete(pods, 'a', 'default');
  await sim.clock.advance(5_000);
  await sim.createPod('d', spec);
  await running('d');
  expect(idsOf()).toEqual({ b: 131_072, plain: undefined, c: 196_608, d: 65_536 });
});

test('a pod that has ended keeps no ids', async () => {
  const images = [...IMAGES, { name: 'job', script: 'exit 0' }];
  sim = await SimNode.start(images, { abilities: ABLE });
  const containers = [{ name: 'main', image: 'job' }];
  await sim.createPod('job', { containers, hostUsers: false, restartPolicy: 'Never' });
  await sim.until('job', ({ status }) => status?.phase === 'Succeeded');
  await sim.createPod('web', { containers: [CONTAINER], hostUsers: false });
  await running('web');
  expect(idsOf().web).toBe(65_536);
});

test('a pod cannot have users of its own where the runtime cannot give any', async () => {
  sim = await SimNode.start(IMAGES);
  await sim.createPod('web', { containers: [CONTAINER], hostUsers: false });
  await sim.clock.advance(1_000);
  expect((await sim.events('web')).join()).toContain(
    "FailedCreatePodSandBox: Failed to create pod sandbox: can't set `spec.hostUsers: false`, " +
      'runtime does not support user namespaces',
  );
});
