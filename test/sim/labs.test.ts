import { expect, test } from 'vitest';
import { isReady, SimNode } from './sim-node.ts';

/** The labs of the documents, on the virtual clock. */

const restarts =
  (count: number) => (pod: { status?: { containerStatuses?: { restartCount: number }[] } }) =>
    pod.status?.containerStatuses?.[0]?.restartCount === count;

test('L1: a server that starts after 45 s is unready, told of, then ready, never restarted', async () => {
  const node = await SimNode.start([{ name: 'python', script: 'sleep 45; serve 8000' }]);
  const startedAt = node.clock.now();
  await node.createPod('p', {
    containers: [
      {
        name: 'c',
        image: 'python',
        readinessProbe: {
          httpGet: { path: '/', port: 8000 },
          initialDelaySeconds: 5,
          failureThreshold: 1,
        },
      },
    ],
  });
  await node.clock.advance(44_000);
  expect(isReady(await node.pod('p'))).toBe(false);
  expect(await node.events('p')).toContain(
    'Unhealthy: Readiness probe failed: Get "http://10.42.0.2:8000/": ' +
      'dial tcp 10.42.0.2:8000: connect: connection refused (x4)',
  );
  const pod = await node.until('p', isReady);
  expect((node.clock.now() - startedAt) / 1000).toBe(50);
  expect(pod.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  await node.stopKubelet();
});

test('L2: a liveness probe by ls fails from its delay on and restarts the container', async () => {
  const node = await SimNode.start([{ name: 'python', script: 'sleep 45; serve 8000' }]);
  await node.createPod('p', {
    containers: [
      {
        name: 'c',
        image: 'python',
        livenessProbe: { exec: { command: ['ls', 'index.html'] }, initialDelaySeconds: 60 },
      },
    ],
  });
  await node.clock.advance(59_000);
  expect((await node.events('p')).join()).not.toContain('Unhealthy');
  await node.until('p', restarts(1));
  const events = await node.events('p');
  expect(events).toContain(
    'Unhealthy: Liveness probe failed: ls: index.html: No such file or directory\n (x3)',
  );
  expect(events).toContain('Killing: Container c failed liveness probe, will be restarted');
  await node.stopKubelet();
});

test('L9: an exec probe of a file that goes away', async () => {
  const node = await SimNode.start([{ name: 'k8s.gcr.io/busybox', script: 'exit 0' }]);
  await node.createPod('p', {
    containers: [
      {
        name: 'liveness',
        image: 'k8s.gcr.io/busybox',
        args: ['/bin/sh', '-c', 'touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600'],
        livenessProbe: {
          exec: { command: ['cat', '/tmp/healthy'] },
          initialDelaySeconds: 5,
          periodSeconds: 5,
        },
      },
    ],
  });
  await node.clock.advance(29_000);
  expect((await node.events('p')).join()).not.toContain('Unhealthy');
  // Three failures by 40 s, then SIGTERM, which a shell as first process ignores, and 30 s of grace.
  const pod = await node.until('p', restarts(1), 120_000);
  expect((node.clock.now() - Date.parse(pod.status?.startTime ?? '')) / 1000).toBe(70);
  expect(await node.events('p')).toContain(
    "Unhealthy: Liveness probe failed: cat: can't open '/tmp/healthy': " +
      'No such file or directory\n (x3)',
  );
  await node.until('p', restarts(2), 120_000);
  await node.stopKubelet();
});

test('L10: an HTTP probe with a header meets 500 after 10 s', async () => {
  const header = { name: 'custom-header', value: 'Awesome' };
  const node = await SimNode.start([
    {
      name: 'k8s.gcr.io/liveness',
      script: 'serve 8080',
      http: [
        { path: '/healthz', untilSeconds: 10, header, status: 200 },
        { path: '/healthz', status: 500 },
      ],
    },
  ]);
  await node.createPod('p', {
    containers: [
      {
        name: 'liveness',
        image: 'k8s.gcr.io/liveness',
        livenessProbe: {
          httpGet: {
            path: '/healthz',
            port: 8080,
            httpHeaders: [{ name: 'Custom-Header', value: 'Awesome' }],
          },
          initialDelaySeconds: 3,
          periodSeconds: 3,
        },
      },
    ],
  });
  const pod = await node.until('p', restarts(1));
  expect((node.clock.now() - Date.parse(pod.status?.startTime ?? '')) / 1000).toBe(18);
  expect(await node.events('p')).toContain(
    'Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500 (x3)',
  );
  await node.stopKubelet();
});

test('L11, L12: TCP probes of a named port; when it closes the container is restarted', async () => {
  const node = await SimNode.start([
    { name: 'k8s.gcr.io/goproxy:0.1', script: 'listen 8080; sleep 60; unlisten 8080; sleep 600' },
  ]);
  await node.createPod('p', {
    containers: [
      {
        name: 'goproxy',
        image: 'k8s.gcr.io/goproxy:0.1',
        ports: [{ name: 'proxy', containerPort: 8080 }],
        readinessProbe: { tcpSocket: { port: 'proxy' }, initialDelaySeconds: 5 },
        livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 15, periodSeconds: 20 },
      },
    ],
  });
  await node.until('p', isReady, 10_000);
  await node.until('p', (pod) => !isReady(pod), 80_000);
  await node.until('p', restarts(1), 60_000);
  expect(await node.events('p')).toContain(
    'Unhealthy: Liveness probe failed: dial tcp 10.42.0.2:8080: connect: connection refused (x3)',
  );
  await node.stopKubelet();
});

test('a startup probe holds the others back, and ends the container when it fails', async () => {
  const http = [{ untilSeconds: 25, status: 503 }];
  const node = await SimNode.start([
    { name: 'slow', script: 'serve 80', http },
    { name: 'never', script: 'serve 80', http: [{ status: 503 }] },
  ]);
  const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 10 };
  const container = (image: string, failureThreshold: number) => ({
    name: 'c',
    image,
    startupProbe: { ...probe, failureThreshold },
    livenessProbe: { ...probe, periodSeconds: 1, failureThreshold: 1 },
    readinessProbe: probe,
  });
  await node.createPod('slow', { containers: [container('slow', 5)] });
  await node.createPod('never', { containers: [container('never', 2)] });
  await node.clock.advance(25_000);
  expect((await node.pod('slow')).status?.containerStatuses?.[0]).toMatchObject({ started: false });
  const pod = await node.until('slow', isReady, 6_000);
  expect(pod.status?.containerStatuses?.[0]).toMatchObject({ started: true, restartCount: 0 });
  expect(await node.events('never')).toContainEqual(
    expect.stringContaining('Killing: Container c failed startup probe, will be restarted'),
  );
  expect(await node.events('slow')).toContain(
    'Unhealthy: Startup probe failed: HTTP probe failed with statuscode: 503 (x3)',
  );
  await node.stopKubelet();
});

test('the same seed gives the same trace', async () => {
  const run = async () => {
    const node = await SimNode.start([{ name: 'late', script: 'sleep 2; exit 3' }], {}, 0);
    await node.createPod('p', { containers: [{ name: 'c', image: 'late' }] });
    await node.clock.advance(100_000);
    const trace = JSON.stringify([await node.events('p'), (await node.pod('p')).status]);
    await node.stopKubelet();
    return trace.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID');
  };
  expect(await run()).toBe(await run());
});
