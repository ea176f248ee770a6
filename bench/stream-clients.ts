import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import WebSocket from 'ws';
import type { Access } from './http-client.ts';

/** Runs a command in a pod over a WebSocket of its own; answers how many milliseconds it took. */
export async function execOverWebSocket(
  { port, ca, cert, key }: Access,
  pod: string,
  command: string,
): Promise<number> {
  const query = `command=${command}&stdout=true&stderr=true`;
  const url = `wss://127.0.0.1:${port}/api/v1/namespaces/default/pods/${pod}/exec?${query}`;
  const startedAt = performance.now();
  const socket = new WebSocket(url, 'v5.channel.k8s.io', { ca, cert, key });
  let status = '';
  socket.on('message', (data: Buffer) => {
    if (data[0] === 3) status += data.toString('utf8', 1);
  });
  await once(socket, 'close');
  const ms = performance.now() - startedAt;
  if (!status.includes('"Success"')) throw new Error(`exec: ${status}`);
  return ms;
}

/** Reads a file of an HTTP server to the end of its connection; answers MB a second. */
export async function readRate(host: string, port: number, bytesMin: number): Promise<number> {
  const startedAt = performance.now();
  const socket = connect(port, host);
  socket.write('GET /index.html HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n');
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(socket, 'close');
  if (bytes < bytesMin) throw new Error(`only ${bytes} bytes came`);
  return bytes / 1e6 / ((performance.now() - startedAt) / 1000);
}

/** Runs `work` with the local port of a `kubectl port-forward`. */
export async function whileForwarded<T>(
  kubectl: string,
  kubeconfig: string,
  pod: string,
  port: number,
  work: (localPort: number) => Promise<T>,
): Promise<T> {
  const child = spawn(kubectl, ['port-forward', `pod/${pod}`, `:${port}`], {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      const local = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (local !== undefined) return await work(Number(local));
    }
    throw new Error(`kubectl port-forward ended: ${said}`);
  } finally {
    child.kill();
    await ended;
  }
}
