import { expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { NO_TRACER } from '../../base/tracer.ts';
import { hostClock } from '../clock.ts';
import type { Channel, Method } from '../grpc/channel.ts';
import { GrpcError } from '../grpc/status.ts';
import { CONTAINERD, Envelope, TaskOom } from './containerd-messages.ts';
import { CRI } from './cri-messages.ts';
import { CriRuntime, type CriRuntimeParts, type PortForwarding } from './cri-runtime.ts';

const RUNNING_OUT = {
  namespace: 'k8s.io',
  topic: '/tasks/oom',
  event: { typeUrl: 't', value: TaskOom.encode({ containerId: 'c' }) },
};
/** What CRI answers before it has noted that event. */
const ANSWERS = new Map([
  [CRI.listContainers.path, CRI.listContainers.response.encode({ containers: [{ id: 'c' }] })],
  [
    CRI.containerStatus.path,
    CRI.containerStatus.response.encode({
      status: { id: 'c', state: 2, exitCode: 137, reason: 'Error' },
    }),
  ],
]);

/** A containerd that says this and nothing else. */
const channel = {
  async unary({ path, response }: Method<unknown, unknown>) {
    return response.decode(ANSWERS.get(path) ?? new Uint8Array());
  },
  async stream(
    { path }: Method<unknown, unknown>,
    _request: unknown,
    _options: unknown,
    take: (message: unknown) => void,
  ) {
    if (path === CONTAINERD.subscribe.path) take(Envelope.decode(Envelope.encode(RUNNING_OUT)));
  },
};

const withChannel = (own: object, ports: Partial<PortForwarding> = {}) =>
  new CriRuntime({
    channel: own as unknown as Channel,
    clock: hostClock,
    log: silentLog,
    tracer: NO_TRACER,
    ports: ports as PortForwarding,
    execs: { forget() {} } as unknown as CriRuntimeParts['execs'],
  } as CriRuntimeParts);

it('knows from the event who ran out of memory, before CRI does', async () => {
  const runtime = withChannel(channel);
  expect((await runtime.containerStatus('c')).reason).toBe('Error');
  const stop = new AbortController();
  await new Promise<void>((resolve) =>
    runtime.subscribe(({ type }) => type === 'oom' && resolve(), stop.signal),
  );
  stop.abort();
  expect((await runtime.containerStatus('c')).reason).toBe('OOMKilled');
});

it('tells what the runtime and its handlers can do', async () => {
  const features = { recursiveReadOnlyMounts: true, userNamespaces: true };
  const runtimeHandlers = [{ name: '', features }, { name: 'plain' }];
  const status = { runtimeHandlers, features: { supplementalGroupsPolicy: true } };
  const version = { runtimeName: 'containerd', runtimeVersion: '2.1.9~ds1' };
  const runtime = withChannel({
    unary: async ({ path, response }: Method<unknown, unknown>) =>
      response.decode(
        path === CRI.status.path
          ? CRI.status.response.encode(status)
          : CRI.version.response.encode(version),
      ),
  });
  const none = { recursiveReadOnlyMounts: false, userNamespaces: false };
  expect(await runtime.version()).toEqual({
    name: 'containerd',
    version: '2.1.9',
    features: { supplementalGroupsPolicy: true },
    handlers: [
      { name: '', features },
      { name: 'plain', features: none },
    ],
  });
});

it('tells of nothing that the runtime does not name', async () => {
  const runtime = withChannel(channel);
  expect(await runtime.version()).toEqual({ name: '', version: '', handlers: [] });
});

it('removes a container in which a start that was cut off left a process', async () => {
  const calls: string[] = [];
  const runtime = withChannel({
    async unary({ path, response }: Method<unknown, unknown>) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      calls.push(name);
      if (name === 'RemoveContainer' && !calls.includes('Delete')) {
        throw new GrpcError(
          9,
          'failed to delete containerd container: cannot delete running task c',
        );
      }
      return response.decode(new Uint8Array());
    },
  });
  await runtime.removeContainer('c');
  expect(calls).toEqual(['RemoveContainer', 'Kill', 'Wait', 'Delete', 'RemoveContainer']);
});

it('opens the ports of sandboxes that were made and not served', async () => {
  const port = { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '' };
  const annotations = { 'proa.dev/host-ports': JSON.stringify([port]) };
  const items = [
    { id: 'served', state: 0, annotations },
    { id: 'missed', state: 0, annotations },
    { id: 'dead', state: 1, annotations },
    { id: 'plain', state: 0 },
  ];
  const { listPodSandbox, podSandboxStatus } = CRI;
  const opened: unknown[] = [];
  const status = { id: 'missed', network: { ip: '10.0.0.9' } };
  const own = {
    async unary({ path, response }: Method<unknown, unknown>) {
      return response.decode(
        path === listPodSandbox.path
          ? listPodSandbox.response.encode({ items })
          : podSandboxStatus.response.encode({ status }),
      );
    },
  };
  const runtime = withChannel(own, {
    has: (id) => id === 'served',
    open: async (...call) => void opened.push(call),
  });
  await runtime.openMissingPorts();
  expect(opened).toEqual([['missed', '10.0.0.9', [port]]]);
});
