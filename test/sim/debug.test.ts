import { expect, test } from 'vitest';
import { events } from '../../src/client/resources.ts';
import type { Pod } from '../../src/generated/types.ts';
import { SimNode } from './sim-node.ts';

async function debug(sim: SimNode, spec: object): Promise<void> {
  const { status } = await sim.server.handler({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/pods/p/ephemeralcontainers',
    query: new URLSearchParams(),
    headers: {},
    user: { name: 'admin', groups: ['system:masters'] },
    body: {
      type: 'value',
      contentType: 'application/strategic-merge-patch+json',
      value: { spec: { ephemeralContainers: [{ image: 'app', name: 'debug', ...spec }] } },
    },
    signal: new AbortController().signal,
  });
  expect(status).toBe(200);
  await sim.clock.advance(1_000);
}

async function running(): Promise<SimNode> {
  const sim = await SimNode.start([{ name: 'app', script: 'sleep infinity' }]);
  await sim.createPod('p', { containers: [{ name: 'main', image: 'app' }] });
  await sim.clock.advance(1_000);
  return sim;
}

function statusOf(pod: Pod) {
  return pod.status?.ephemeralContainerStatuses?.[0];
}

test('an ephemeral container runs in a pod that is there, and is not ready', async () => {
  const sim = await running();
  await debug(sim, { command: ['sleep', '60'], targetContainerName: 'main' });
  expect(statusOf(await sim.pod('p'))).toMatchObject({
    name: 'debug',
    state: { running: {} },
    ready: false,
    restartCount: 0,
  });
  expect((await sim.pod('p')).status?.containerStatuses?.[0]).toMatchObject({ ready: true });
  const { items } = await sim.client.list(events, { namespace: 'default' });
  const paths = items.map(({ involvedObject }) => involvedObject.fieldPath);
  expect(paths).toContain('spec.ephemeralContainers{debug}');
});

test('an ephemeral container that ends stays so, also after the kubelet comes back', async () => {
  const sim = await running();
  await debug(sim, { command: ['sh', '-c', 'exit 5'] });
  await sim.clock.advance(60_000);
  const ended = { state: { terminated: { exitCode: 5 } }, restartCount: 0 };
  expect(statusOf(await sim.pod('p'))).toMatchObject(ended);
  await sim.stopKubelet();
  sim.startKubelet();
  await sim.clock.advance(60_000);
  expect(statusOf(await sim.pod('p'))).toMatchObject(ended);
});
