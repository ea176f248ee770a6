import type { Socket } from 'node:net';
import type { ByteConnection } from '../../base/byte-streams.ts';
import type { Clock, Timer } from '../../base/clock.ts';

/** Once the pod has ended, its client's last bytes have this long (upstream's). */
const LAST_MS_MAX = 1_000;

/**
 * Moves bytes between a client and a port of a pod until both have ended; never throws. The pod
 * answers for as long as it likes after its client's end. A client that vanishes resets the
 * connection; one that breaks in the pod has ended.
 *
 * @param socket as a dial answers it: open in both directions, with a listener of its errors
 */
export function joinSocket(
  socket: Socket,
  connection: ByteConnection,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    let last: Timer | null = null;
    const vanish = () => {
      // kubectl resets each stream once the pod has ended: that is no news to the pod. And libuv
      // resets no socket that still sends its end.
      const isEnding = socket.writableEnded && !socket.writableFinished;
      if (socket.readableEnded || isEnding) socket.destroy();
      else socket.resetAndDestroy();
    };
    connection.signal.addEventListener('abort', vanish, { once: true });
    socket.once('end', () => {
      connection.end();
      last = clock.timer(LAST_MS_MAX, () => socket.destroy());
    });
    socket.once('close', () => {
      connection.signal.removeEventListener('abort', vanish);
      last?.cancel();
      connection.end();
      resolve();
    });
    socket.on('data', (bytes) => {
      const taken = connection.write(bytes);
      if (taken === undefined) return;
      socket.pause();
      void taken.then(() => socket.resume());
    });
    socket.resume();
    if (connection.signal.aborted) vanish();
    else void sendAll(connection, socket);
  });
}

async function sendAll({ incoming }: ByteConnection, socket: Socket): Promise<void> {
  for await (const bytes of incoming) {
    if (!socket.write(bytes)) await writable(socket);
    if (socket.destroyed) return;
  }
  socket.end();
}

/** Resolves when the socket takes bytes again, or never will. */
function writable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
    if (socket.destroyed) done();
  });
}
