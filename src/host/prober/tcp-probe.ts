import { connect } from 'node:net';
import type { ProbeOutcome } from '../../kubelet/edges.ts';
import { dialError, joinHostPort } from './go-error.ts';

/** Connects and closes again (upstream pkg/probe/tcp). */
export function tcpProbe(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const end = (outcome: ProbeOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(outcome);
    };
    const fail = (output: string) => end({ result: 'failure', output });
    const abort = () => end({ result: 'error', output: 'context canceled' });
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(
      () => fail(`dial tcp ${joinHostPort(host, port)}: i/o timeout`),
      timeoutMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => end({ result: 'success', output: '' }));
    socket.once('error', (error) => fail(dialError(firstError(error), { host, port, ends: '' })));
    if (signal.aborted) abort();
  });
}

/** A name with several addresses fails with all their errors together: the first tells enough. */
export function firstError(error: Error): NodeJS.ErrnoException {
  return error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
}
