import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');

/** Answers probes, and remembers when each came: by its path, in milliseconds. */
export class ProbedServer {
  readonly #server: Server;
  #arrivals = new Map<string, number[]>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      const at = performance.now();
      socket.on('error', () => socket.destroy());
      socket.once('data', (request) => {
        const path = request.toString('latin1', 0, 200).split(' ')[1] ?? '';
        const times = this.#arrivals.get(path);
        if (times === undefined) this.#arrivals.set(path, [at]);
        else times.push(at);
        socket.end(ANSWER);
      });
    });
  }

  static async open(): Promise<ProbedServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ProbedServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Forgets what has come, and answers the times of each path. */
  take(): ReadonlyMap<string, readonly number[]> {
    const arrivals = this.#arrivals;
    this.#arrivals = new Map();
    return arrivals;
  }

  close(): void {
    this.#server.close();
  }
}

/** By how much the times between arrivals differ from the period, in milliseconds. */
export function periodErrors(
  arrivals: ReadonlyMap<string, readonly number[]>,
  periodMs: number,
): number[] {
  return [...arrivals.values()].flatMap((times) =>
    times.slice(1).map((at, index) => Math.abs(at - times[index]! - periodMs)),
  );
}
