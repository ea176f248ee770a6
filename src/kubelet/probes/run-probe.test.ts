import { expect, it } from 'vitest';
import type { Probe } from '../../generated/types.ts';
import type { HttpProbe, ProbeOutcome, Prober } from '../edges.ts';
import { type ExecResult, type Runtime, RuntimeError } from '../runtime.ts';
import { runProbe } from './run-probe.ts';

function call(probe: Probe, answers: { exec?: () => ExecResult; outcome?: ProbeOutcome }) {
  const events: string[] = [];
  const calls: unknown[] = [];
  const outcome = answers.outcome ?? { result: 'success', output: '' };
  const note = (...args: unknown[]) => {
    calls.push(args);
    return Promise.resolve(outcome);
  };
  const prober = { http: note, tcp: note, grpc: note } as unknown as Prober;
  const runtime = {
    exec: async (...args: unknown[]) => {
      calls.push(args);
      return answers.exec!();
    },
  } as unknown as Runtime;
  const container = {
    name: 'c',
    image: 'i',
    env: [{ name: 'FILE', value: '/tmp/x' }],
    ports: [{ name: 'web', containerPort: 8080 }],
  };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [container] } };
  const run = runProbe(
    {
      type: 'liveness',
      probe,
      pod,
      container,
      containerId: 'id',
      podIp: '10.0.0.1',
      runtime,
      prober,
      events: { record: (type, reason, message) => events.push(`${type} ${reason}: ${message}`) },
    },
    new AbortController().signal,
  );
  return { run, events, calls };
}

const done =
  (exitCode: number, text: string, timedOut = false) =>
  () => ({
    exitCode,
    output: new TextEncoder().encode(text),
    timedOut,
  });

it('a failed command tells its output', async () => {
  const probe = { exec: { command: ['cat', '$(FILE)'] }, timeoutSeconds: 2 };
  const { run, events, calls } = call(probe, { exec: done(1, 'no such file') });
  expect(await run).toBe('failure');
  expect(calls).toEqual([['id', ['cat', '/tmp/x'], 2000]]);
  expect(events).toEqual(['Warning Unhealthy: Liveness probe failed: no such file']);
});

it('a command that takes too long has failed', async () => {
  const probe = { exec: { command: ['sh', '-c', 'sleep 9'] } };
  const { run, events } = call(probe, { exec: done(137, '', true) });
  expect(await run).toBe('failure');
  expect(events).toEqual([
    'Warning Unhealthy: Liveness probe failed: ' +
      'command timed out: "sh -c sleep 9" timed out after 1s',
  ]);
});

it('a probe that cannot be made is tried three times, then told of, and counts for nothing', async () => {
  const exec = () => {
    throw new RuntimeError('other', 'no such program');
  };
  const { run, events, calls } = call({ exec: { command: ['x'] } }, { exec });
  expect(await run).toBeNull();
  expect(calls).toHaveLength(3);
  expect(events).toEqual([
    'Warning Unhealthy: Liveness probe errored and resulted in unknown state: no such program',
  ]);
});

it('a failure is not tried again, and success is not told of', async () => {
  const outcome = { result: 'failure', output: 'refused' } as const;
  const failed = call({ tcpSocket: { port: 1 } }, { outcome });
  expect(await failed.run).toBe('failure');
  expect(failed.calls).toHaveLength(1);
  const fine = call({ tcpSocket: { port: 1 } }, {});
  expect(await fine.run).toBe('success');
  expect(fine.events).toEqual([]);
});

it('a warning is success with an event', async () => {
  const outcome = { result: 'warning', output: 'Probe terminated redirects' } as const;
  const { run, events } = call({ httpGet: { port: 1 } }, { outcome });
  expect(await run).toBe('success');
  expect(events).toEqual([
    'Warning ProbeWarning: Liveness probe warning: Probe terminated redirects',
  ]);
});

it.each([
  [
    'the pod address, path / and own headers by default',
    { port: 80 },
    {
      scheme: 'HTTP',
      host: '10.0.0.1',
      port: 80,
      path: '/',
      headers: [
        { name: 'User-Agent', value: 'kube-probe/1.34' },
        { name: 'Accept', value: '*/*' },
      ],
    },
  ],
  [
    'a named port, another host, given headers instead',
    {
      port: 'web',
      host: 'example.com',
      scheme: 'HTTPS',
      path: '/x?y=1',
      httpHeaders: [
        { name: 'user-agent', value: 'me' },
        { name: 'Accept', value: '' },
      ],
    },
    {
      scheme: 'HTTPS',
      host: 'example.com',
      port: 8080,
      path: '/x?y=1',
      headers: [{ name: 'user-agent', value: 'me' }],
    },
  ],
] as const)('an HTTP probe: %s', async (_, action, expected) => {
  const httpGet = structuredClone(action) as Probe['httpGet'];
  const { run, calls } = call({ httpGet }, {});
  await run;
  expect((calls[0] as [HttpProbe])[0]).toEqual(expected);
});

it('a port name that no port has is an error', async () => {
  const { run, events } = call({ tcpSocket: { port: 'nope' } }, {});
  expect(await run).toBeNull();
  expect(events[0]).toContain("couldn't find port: nope");
});
