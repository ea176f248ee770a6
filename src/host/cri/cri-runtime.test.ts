import { expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { NO_TRACER } from '../../base/tracer.ts';
import { hostClock } from '../clock.ts';
import type { Channel, Method } from '../grpc/channel.ts';
import { CONTAINERD, Envelope, TaskOom } from './containerd-messages.ts';
import { CRI } from './cri-messages.ts';
import { CriRuntime, type CriRuntimeParts } from './cri-runtime.ts';

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

it('knows from the event who ran out of memory, before CRI does', async () => {
  const parts = {
    channel: channel as unknown as Channel,
    clock: hostClock,
    log: silentLog,
    tracer: NO_TRACER,
  };
  const runtime = new CriRuntime(parts as CriRuntimeParts);
  expect((await runtime.containerStatus('c')).reason).toBe('Error');
  const stop = new AbortController();
  await new Promise<void>((resolve) =>
    runtime.subscribe(({ type }) => type === 'oom' && resolve(), stop.signal),
  );
  stop.abort();
  expect((await runtime.containerStatus('c')).reason).toBe('OOMKilled');
});
