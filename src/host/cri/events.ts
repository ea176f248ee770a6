import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { RuntimeEvent } from '../../kubelet/runtime.ts';
import type { Channel } from '../grpc/channel.ts';
import type { Decoded } from '../grpc/protobuf.ts';
import {
  CONTAINERD,
  ContainerDelete,
  CRI_NAMESPACE,
  type Envelope,
  TaskExit,
  TaskOom,
  TaskStart,
} from './containerd-messages.ts';
import { CRI } from './cri-messages.ts';

const TOPICS = ['/tasks/start', '/tasks/exit', '/tasks/oom', '/containers/delete'];
const RECONNECT_MS_MIN = 20;
const RECONNECT_MS_MAX = 2_000;

/**
 * Streams containerd's own events until `signal` aborts. CRI of containerd 1.6 has none, and the
 * kubelet must not look at everything each second.
 *
 * Begins with a `lost` event, and has another after each reconnection: before it, anything may
 * have happened.
 */
export async function streamEvents(
  channel: Channel,
  clock: Clock,
  log: Log,
  emit: (event: RuntimeEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const filters = TOPICS.map((topic) => `namespace==${CRI_NAMESPACE},topic=="${topic}"`);
  let delayMs = RECONNECT_MS_MIN;
  while (!signal.aborted) {
    try {
      const stream = channel.stream(CONTAINERD.subscribe, { filters }, { signal }, (envelope) => {
        const event = runtimeEvent(envelope);
        if (event !== null) emit(event);
      });
      // The server says nothing before the first event. An answer to a later call on the same
      // connection tells that it has taken the subscription too.
      const later = channel.unary(CRI.version, {}, { signal }).then(() => {
        delayMs = RECONNECT_MS_MIN;
        emit({ type: 'lost', id: '' });
      });
      await Promise.all([stream, later]);
    } catch (error) {
      if (signal.aborted) return;
      log.debug('event stream of containerd ended', { error: String(error) });
    }
    await sleep(clock, delayMs, signal);
    delayMs = Math.min(delayMs * 2, RECONNECT_MS_MAX);
  }
}

/** What an event of containerd means to the kubelet; null for nothing. */
export function runtimeEvent(envelope: Decoded<typeof Envelope>): RuntimeEvent | null {
  const content = envelope.event?.value ?? new Uint8Array();
  switch (envelope.topic) {
    case '/tasks/start':
      return { type: 'started', id: TaskStart.decode(content).containerId };
    case '/tasks/exit': {
      const { id, containerId } = TaskExit.decode(content);
      // Processes beside the first, as exec probes run them, end under ids of their own.
      return id === containerId ? { type: 'exited', id: containerId } : null;
    }
    case '/tasks/oom':
      return { type: 'oom', id: TaskOom.decode(content).containerId };
    case '/containers/delete':
      return { type: 'removed', id: ContainerDelete.decode(content).id };
    default:
      return null;
  }
}
