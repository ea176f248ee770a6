import { connect, type Socket } from 'node:net';

/** The same as {@link DialProcess.dial}, from this process. */
export function dialHere(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket | string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true }).pause();
    const end = (outcome: Socket | string) => {
      signal.removeEventListener('abort', cancel);
      resolve(outcome);
    };
    const cancel = () => {
      socket.destroy();
      end('ECANCELED');
    };
    socket.once('connect', () => end(socket));
    // It stays: a connection that stood ends with its `close`, whatever the reason.
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end(code ?? 'ECONNRESET'));
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
  });
}
