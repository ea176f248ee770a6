import { chmod, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';

/** What the daemon answers on its control socket. */
export interface ControlActions {
  status(): Promise<object>;
  /** Stops pods and cluster; answers when all is down. The process ends after. */
  stop(): Promise<void>;
  /** Writes a backup of the store to a file. */
  backup(file: string): Promise<void>;
  /** Encrypts Secrets with a new key; answers how many. */
  rotateKey(): Promise<number>;
}

/** Requests under way at once; people use this socket by hand. */
const CONNECTIONS_MAX = 16;

/**
 * Serves the control socket: a unix socket that only its owner can open, for the command line.
 * What a cluster's users may do goes through the API, never through here.
 */
export async function serveControl(socket: string, actions: ControlActions): Promise<Server> {
  await rm(socket, { force: true });
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://control');
    void answer(actions, incoming.method ?? '', url).then(
      (body) => response.writeHead(200).end(JSON.stringify(body)),
      (error: Error) => response.writeHead(500).end(JSON.stringify({ error: error.message })),
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  await chmod(socket, 0o600);
  return server;
}

async function answer(actions: ControlActions, method: string, url: URL): Promise<object> {
  switch (`${method} ${url.pathname}`) {
    case 'GET /status':
      return actions.status();
    case 'POST /stop':
      await actions.stop();
      return {};
    case 'POST /backup':
      await actions.backup(url.searchParams.get('file') ?? '');
      return {};
    case 'POST /rotate-key':
      return { count: await actions.rotateKey() };
    default:
      throw new Error(`unknown request ${method} ${url.pathname}`);
  }
}

/**
 * Asks a running daemon.
 *
 * @throws Error with the daemon's words, or the system's when it cannot be reached
 */
export function askControl<T>(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    // A connection kept for later would hold back the end of the daemon.
    const options = { socketPath: socket, method, path, agent: false, ...(signal && { signal }) };
    const outgoing = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as T & { error?: string };
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(body.error ?? `status ${response.statusCode}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** Whether an error of `askControl` means that nobody listens on the socket, not yet or no more. */
export function isUnreachable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET';
}
