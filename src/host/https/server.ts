import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ApiRequest, Handler, RequestBody } from '../../apiserver/handler.ts';
import type { Log } from '../../base/log.ts';
import { ApiError } from '../../objects/api-error.ts';
import { Connection } from './connection.ts';
import { identify } from './identity.ts';
import { readBody } from './read-body.ts';
import { writeResponse } from './write-response.ts';

/** A client has this long to send its headers, and its whole request. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Idle connections are closed after this; client-go keeps them for 90 s. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;
/** Open connections; more are refused by the kernel's backlog. */
const CONNECTIONS_MAX = 4_096;
const STREAMS_PER_CONNECTION_MAX = 250;

export interface HttpsOptions {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  readonly clientCa: string;
}

/**
 * Serves a {@link Handler} over TLS 1.2 and later: h2 or HTTP/1.1, as the client's ALPN asks, with
 * client certificates.
 */
export class HttpsServer {
  readonly #handler: Handler;
  readonly #log: Log;
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<TLSSocket>();
  readonly #options: HttpsOptions;

  constructor(handler: Handler, log: Log, options: HttpsOptions) {
    this.#handler = handler;
    this.#log = log;
    this.#options = options;
    this.#server = createSecureServer({
      allowHTTP1: true,
      key: options.key,
      cert: options.cert,
      ca: options.clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION_MAX },
    });
    this.#configure();
  }

  /**
   * Resolves when the port is open, with its number.
   *
   * @throws the system's error when it cannot be opened (EADDRINUSE)
   */
  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Ends every connection and closes the port. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    return closed;
  }

  #configure(): void {
    const server = this.#server;
    // allowHTTP1 hands these on to the HTTP/1.1 half, but the types of http2 do not tell.
    Object.assign(server, {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxConnections: CONNECTIONS_MAX,
    });
    server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.on('sessionError', (error) =>
      this.#log.debug('connection broke', { error: `${error}` }),
    );
    server.on('tlsClientError', (error) => this.#log.debug('TLS failed', { error: `${error}` }));
    server.on('request', (request, response) => {
      // Both halves of the server have the surface used here.
      const http1 = request as unknown as IncomingMessage;
      void this.#serve(http1, response as unknown as ServerResponse);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = new Connection(response);
    try {
      const answer = await this.#answer(request, connection);
      await writeResponse(request, response, answer, connection);
    } catch (error) {
      if (!connection.closed) this.#log.error('request broke', { error: String(error) });
      response.destroy();
    }
  }

  async #answer(request: IncomingMessage, connection: Connection) {
    const user = identify(tlsSocketOf(request), request.headers.authorization);
    if (user === null) return failure(new ApiError('Unauthorized', 'Unauthorized'));
    let body: RequestBody | null;
    try {
      body = await readBody(request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The rest of the body is not read, so HTTP/1.1 cannot use the connection again.
      const headers = request.httpVersionMajor === 1 ? { connection: 'close' } : {};
      return { ...failure(error), headers };
    }
    const url = request.url ?? '/';
    const queryAt = url.indexOf('?');
    return this.#handler({
      method: request.method as ApiRequest['method'],
      path: queryAt < 0 ? url : url.slice(0, queryAt),
      query: new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt + 1)),
      headers: request.headers as Record<string, string | undefined>,
      user,
      body,
      get signal() {
        return connection.signal;
      },
    });
  }
}

function tlsSocketOf(request: IncomingMessage): TLSSocket {
  const { stream } = request as unknown as { stream?: { session?: { socket: TLSSocket } } };
  return stream?.session?.socket ?? (request.socket as TLSSocket);
}

function failure(error: ApiError) {
  const object = error.toStatus();
  const encoded = { object, json: Buffer.from(JSON.stringify(object)) };
  return { status: error.code, headers: {}, body: { type: 'object' as const, encoded } };
}
