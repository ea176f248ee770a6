import { expect, test } from 'vitest';
import { pods } from '../../src/client/resources.ts';
import type { Lifecycle, Pod } from '../../src/generated/types.ts';
import { isReady, SimNode } from './sim-node.ts';

const images = [
  { name: 'web', script: 'serve 80', http: [{ path: '/broken', status: 500 }] },
  { name: 'deaf', script: "trap '' TERM; serve 80" },
];

async function create(node: SimNode, name: string, lifecycle: Lifecycle, image = 'web') {
  const ports = [{ name: 'http', containerPort: 80 }];
  const pod = await node.createPod(name, { containers: [{ name: 'c', image, ports, lifecycle }] });
  return `p_default(${pod.metadata.uid})`;
}

function waiting(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.waiting;
}

test.each<[string, Lifecycle, string]>([
  [
    'exec',
    { postStart: { exec: { command: ['sh', '-c', 'echo no; exit 3'] } } },
    'Exec lifecycle hook ([sh -c echo no; exit 3]) for Container "c" in Pod "POD" failed - ' +
      'error: command \'sh -c echo no; exit 3\' exited with 3: no\n, message: "no\\n"',
  ],
  [
    'httpGet',
    { postStart: { httpGet: { path: '/x', port: 81, scheme: 'HTTP' } } },
    'HTTP lifecycle hook (/x) for Container "c" in Pod "POD" failed - error: ' +
      'Get "http://10.42.0.2:81/x": dial tcp 10.42.0.2:81: connect: connection refused',
  ],
  [
    'tcpSocket',
    { postStart: { tcpSocket: { port: 80 } } },
    'Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,' +
      'TCPSocket:&TCPSocketAction{Port:{0 80 },Host:,},Sleep:nil,}',
  ],
])('a failed postStart by %s ends the container, which starts again', async (_, hook, message) => {
  const node = await SimNode.start(images);
  const text = await create(node, 'p', hook);
  const pod = await node.until('p', (p) => waiting(p)?.reason === 'PostStartHookError');
  expect(waiting(pod)?.message).toBe(message.replace('POD', text));
  const told = await node.events('p');
  expect(told).toContain('FailedPostStartHook: PostStartHook failed');
  expect(told).toContain('Killing: FailedPostStartHook');
  const restarted = (p: Pod) => p.status?.containerStatuses?.[0]?.restartCount === 1;
  await node.until('p', restarted);
  await node.stopKubelet();
});

test('a container whose postStart failed is not ready while it is being ended', async () => {
  const node = await SimNode.start(images);
  await create(node, 'p', { postStart: { exec: { command: ['false'] } } }, 'deaf');
  await node.clock.advance(10_000);
  const [status] = (await node.pod('p')).status?.containerStatuses ?? [];
  expect(status).toMatchObject({ ready: false, started: false });
  expect(status?.state?.running).toBeDefined();
  await node.stopKubelet();
});

test('an answer of any status is well for httpGet, and a port may have a name', async () => {
  const node = await SimNode.start(images);
  const httpGet = { path: '/broken', port: 'http', scheme: 'HTTP' };
  await create(node, 'p', { postStart: { httpGet }, preStop: { httpGet } });
  await node.until('p', isReady);
  await node.stopKubelet();
});

test('a container is not ready before its postStart has ended', async () => {
  const node = await SimNode.start(images);
  await create(node, 'p', { postStart: { sleep: { seconds: 5 } } });
  await node.clock.advance(4_900);
  expect(isReady(await node.pod('p'))).toBe(false);
  await node.clock.advance(200);
  expect(isReady(await node.pod('p'))).toBe(true);
  await node.stopKubelet();
});

test('a pod that is deleted does not wait for a postStart that hangs', async () => {
  const node = await SimNode.start(images);
  await create(node, 'p', { postStart: { exec: { command: ['sleep', '3000'] } } });
  await node.clock.advance(1_000);
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(1_000);
  await expect(node.pod('p')).rejects.toThrow('not found');
  await node.stopKubelet();
});

test.each<[string, Lifecycle]>([
  ['exec', { preStop: { exec: { command: ['false'] } } }],
  ['tcpSocket', { preStop: { tcpSocket: { port: 80 } } }],
])('a failed preStop by %s is told, and the end goes on', async (_, lifecycle) => {
  const node = await SimNode.start(images);
  await create(node, 'p', lifecycle);
  await node.until('p', isReady);
  await node.client.delete(pods, 'p', 'default');
  await node.clock.advance(0);
  expect(await node.events('p')).toContain('FailedPreStopHook: PreStopHook failed');
  await expect(node.pod('p')).rejects.toThrow('not found');
  await node.stopKubelet();
});

test.each([
  [0, 0],
  [7, 7],
  [30, 30],
])('a preStop sleep of %i s ends the pod after %i s', async (seconds, expected) => {
  const node = await SimNode.start(images);
  await create(node, 'p', { preStop: { sleep: { seconds } } });
  await node.until('p', isReady);
  const startedAt = node.clock.now();
  await node.client.delete(pods, 'p', 'default');
  for (;;) {
    await node.clock.advance(0);
    const isGone = await node.pod('p').then(
      () => false,
      () => true,
    );
    if (isGone) break;
    await node.clock.advance(500);
  }
  expect((node.clock.now() - startedAt) / 1000).toBe(expected);
  await node.stopKubelet();
});
