import { afterEach, expect, test } from 'vitest';
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
