import { connect, type Socket } from 'node:net';
import type { ProbeOutcome } from '../../kubelet/edges.ts';
import { Channel, describeError } from '../grpc/channel.ts';
import { int, message, string } from '../grpc/protobuf.ts';
import { GrpcError } from '../grpc/status.ts';
import { goDuration, joinHostPort } from './go-error.ts';

/** grpc-go tries again so long after a connection that failed. */
const RECONNECT_MS = 1000;
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** `grpc.health.v1.Health/Check` */
const HEALTH_CHECK = {
  path: '/grpc.health.v1.Health/Check',
  request: message({ service: string(1) }),
  response: message({ status: int(1) }),
};

/**
 * Asks a gRPC server for its health in clear text (upstream pkg/probe/grpc).
 *
 * @param userAgent `kube-probe/1.34`
 */
export async function grpcProbe(
  target: { readonly host: string; readonly port: number; readonly service: string },
  userAgent: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  const { host, port, service } = target;
  const startedAt = performance.now();
  const leftMs = () => timeoutMs - (performance.now() - startedAt);
  const authority = joinHostPort(host, port);
  const socket = await untilConnects(host, port, leftMs, signal);
  if (socket === null) {
    if (signal.aborted) return { result: 'error', output: 'context canceled' };
    const within = `within ${goDuration(timeoutMs)}: context deadline exceeded`;
    return failure(`timeout: failed to connect service ${JSON.stringify(authority)} ${within}`);
  }
  const channel = new Channel({ socket, authority });
  try {
    const options = {
      timeoutMs: Math.max(1, leftMs()),
      signal,
      metadata: { 'user-agent': userAgent },
    };
    const { status } = await channel.unary(HEALTH_CHECK, { service }, options);
    if (status === 1) return { result: 'success', output: 'service healthy' };
    const name = STATUSES[status] ?? String(status);
    return failure(`service unhealthy (responded with ${JSON.stringify(name)})`);
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    if (signal.aborted) return { result: 'error', output: 'context canceled' };
    return failure(checkError(error, timeoutMs));
  } finally {
    channel.close();
  }
}

function checkError(error: GrpcError, timeoutMs: number): string {
  if (error.code === 12) {
    const missing = 'this server does not implement the grpc health protocol';
    return `error: ${missing} (grpc.health.v1.Health): ${error.message}`;
  }
  if (error.code === 4) {
    return `timeout: health rpc did not complete within ${goDuration(timeoutMs)}`;
  }
  return `error: health rpc probe failed: ${describeError(error)}`;
}

/** A connection, or null when the time is over; refused ones are tried again. */
async function untilConnects(
  host: string,
  port: number,
  leftMs: () => number,
  signal: AbortSignal,
): Promise<Socket | null> {
  while (leftMs() > 0 && !signal.aborted) {
    const socket = await connected(host, port, leftMs(), signal);
    if (socket !== null) return socket;
    await pause(Math.min(RECONNECT_MS, leftMs()), signal);
  }
  return null;
}

function connected(
  host: string,
  port: number,
  ms: number,
  signal: AbortSignal,
): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: Socket | null) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners();
      if (result === null) socket.on('error', () => {}).destroy();
      resolve(result);
    };
    const abort = () => end(null);
    const timer = setTimeout(abort, ms);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => end(socket));
    socket.once('error', abort);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    signal.addEventListener('abort', end, { once: true });
  });
}

function failure(output: string): ProbeOutcome {
  return { result: 'failure', output };
}
