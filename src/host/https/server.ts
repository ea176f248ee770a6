import { type IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ApiRequest, ApiResponse, Handler, RequestBody } from '../../apiserver/handler.ts';
import type { Log } from '../../base/log.ts';
import { ApiError } from '../../objects/api-error.ts';
import { hostClock } from '../clock.ts';
import { BodyBudget, type BodyShare } from './body-budget.ts';
import { Connection } from './connection.ts';
import { identify, type TokenCheck } from './identity.ts';
import { readBody } from './read-body.ts';
import { answerUpgrade, isChannels } from './upgrades.ts';
import { WatchPacer } from './watch-pacer.ts';
import { writeResponse } from './write-response.ts';

/** A client has this long to agree on TLS, to send its headers, and its whole request. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
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
  readonly authenticate: TokenCheck;
  /** For headers to arrive; by default {@link HEADERS_TIMEOUT_MS}. */
  readonly headersTimeoutMs?: number;
  /** For a body to arrive; by default {@link REQUEST_TIMEOUT_MS}. */
  readonly bodyTimeoutMs?: number;
}

/**
 * Serves a {@link Handler} over TLS 1.2 and later: h2 or HTTP/1.1, as the client's ALPN asks, with
 * client certificates or bearer tokens.
 */
export class HttpsServer {
  readonly #handler: Handler;
  readonly #log: Log;
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<TLSSocket>();
  readonly #options: HttpsOptions;
  readonly #bodies = new BodyBudget();
  readonly #pacer = new WatchPacer(hostClock);

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
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
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
      headersTimeout: this.#options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      maxConnections: CONNECTIONS_MAX,
    });
    server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      // Node counts the time for headers from their first byte only.
      const { bytesRead } = socket;
      const timer = setTimeout(() => {
        if (socket.bytesRead === bytesRead) socket.destroy();
      }, this.#options.headersTimeoutMs ?? HEADERS_TIMEOUT_MS);
      socket.on('close', () => {
        clearTimeout(timer);
        this.#sockets.delete(socket);
      });
    });
    server.on('session', closeWhenIdle);
    server.on('sessionError', (error) =>
      this.#log.debug('connection broke', { error: `${error}` }),
    );
    server.on('tlsClientError', (error) => this.#log.debug('TLS failed', { error: `${error}` }));
    server.on('request', (request, response) => {
      // Both halves of the server have the surface used here.
      const http1 = request as unknown as IncomingMessage;
      void this.#serve(http1, response as unknown as ServerResponse);
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      void this.#serveUpgrade(request, socket, head);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = new Connection(response);
    const share = this.#bodies.open();
    try {
      const answer = await this.#answer(request, share, connection);
      await writeResponse(request, response, answer, connection, this.#pacer);
    } catch (error) {
      if (!connection.closed) this.#log.error('request broke', { error: String(error) });
      response.destroy();
    } finally {
      share.end();
    }
  }

  /** A request that wants another protocol: HTTP's answer goes out as usual where it says no. */
  async #serveUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on('finish', () => socket.end());
    const connection = new Connection(response);
    const share = this.#bodies.open();
    try {
      const answer = await this.#answer(request, share, connection);
      if (!isChannels(answer.body)) {
        await writeResponse(request, response, answer, connection, this.#pacer);
      } else {
        response.detachSocket(socket);
        await answerUpgrade({ request, socket, head }, answer.body);
      }
    } catch (error) {
      this.#log.error('upgrade broke', { error: String(error) });
      socket.destroy();
    } finally {
      share.end();
    }
  }

  async #answer(
    request: IncomingMessage,
    share: BodyShare,
    connection: Connection,
  ): Promise<ApiResponse> {
    const { authenticate } = this.#options;
    const found = identify(tlsSocketOf(request), request.headers.authorization, authenticate);
    const user = found instanceof Promise ? await found : found;
    if (user === null) return failure(new ApiError('Unauthorized', 'Unauthorized'));
    let body: RequestBody | null;
    try {
      body = await readBody(request, share, this.#options.bodyTimeoutMs ?? REQUEST_TIMEOUT_MS);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const answer = failure(error);
      if (request.httpVersionMajor !== 1) return answer;
      if (error.reason === 'Timeout') {
        return { ...answer, headers: { ...answer.headers, connection: 'close' } };
      }
      // The rest is read to nowhere, in the time that a request has: a connection that is closed
      // with bytes unread is reset, and many a client then never sees the answer.
      request.resume();
      return answer;
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

function failure(error: ApiError): ApiResponse {
  const object = error.toStatus();
  const encoded = { object, json: Buffer.from(JSON.stringify(object)) };
  const retryAfter = error.details?.retryAfterSeconds;
  const headers: Record<string, string> =
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return { status: error.code, headers, body: { type: 'object', encoded } };
}

/** HTTP/1.1 has keepAliveTimeout for this; h2 would keep an idle connection for ever. */
function closeWhenIdle(session: ServerHttp2Session): void {
  let streams = 0;
  session.on('stream', (stream) => {
    streams++;
    stream.once('close', () => streams--);
  });
  session.setTimeout(KEEP_ALIVE_TIMEOUT_MS, () => {
    // A watch may be quiet for long.
    if (streams === 0) session.close();
  });
}
