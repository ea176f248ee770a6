import { expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import { conditionOf, isReady, SimNode } from './sim-node.ts';

const web = { name: 'web', script: 'echo hello; serve 80' };

test('a pod runs, is ready, shows its log, and ends', async () => {
  const node = await SimNode.start([web]);
  await node.createPod('p', { containers: [{ name: 'c', image: 'web' }] });
  const pod = await node.until('p', isReady, 0);
  expect(pod.status).toMatchObject({
    phase: 'Running',
    podIP: '10.42.0.2',
    hostIP: '192.0.2.1',
    qosClass: 'BestEffort',
    containerStatuses: [
      { name: 'c', ready: true, started: true, restartCount: 0, state: { running: {} } },
    ],
  });
  expect(conditionOf(pod, 'PodReadyToStartContainers')).toBe('True');
  expect(await node.logs('p')).toBe('hello\n');
  expect(await node.events('p')).toEqual([
    'Pulling: Pulling image "web"',
    expect.stringMatching(/^Pulled: Successfully pulled image "web" in 0s/),
    'Created: Created container: c',
    'Started: Started container c',
  ]);
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(0);
  await expect(node.pod('p')).rejects.toThrow('not found');
  expect(await node.runtime.listSandboxes()).toEqual([]);
  await node.stopKubelet();
  expect(node.clock.pending).toBe(0);
});
