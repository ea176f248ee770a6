import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Lab } from './lab.ts';

/** Runs `kubectl port-forward` of one port in the background; answers the local port. */
export async function forwardedPort(lab: Lab, target: string, port: number): Promise<number> {
  const running = lab.background('port-forward', target, `:${port}`);
  const said = await running.waitFor(/Forwarding from 127\.0\.0\.1:\d+ -> /, 30_000);
  return Number(/127\.0\.0\.1:(\d+)/.exec(said)![1]);
}

/** A connection to a local port. */
export async function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** All that a connection sends until it ends, or breaks. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}
