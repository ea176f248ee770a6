import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { GrpcError, type StatusCode, statusName } from './status.ts';

/** A frame is a flag byte, a length of four and the message. */
const FRAME_HEADER_BYTES = 5;
/** containerd's own limit of an answer. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
const WINDOW_BYTES = 4 * 1024 * 1024;

/** One remote procedure: its path and both message types. */
export interface Method<Request, Response> {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly request: { encode(value: Request): Uint8Array };
  readonly response: { decode(bytes: Uint8Array): Response };
}

export interface CallOptions {
  /** 0 or absent: no limit but the signal's. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Further headers; containerd's own services read `containerd-namespace`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A unix socket's path, or a connection in clear text that stands already and serves once. */
export type ChannelTarget =
  | { readonly path: string }
  | { readonly socket: Socket; readonly authority: string };

/**
 * A gRPC client over one HTTP/2 connection, made when needed and again after a loss. Written on
 * node:http2, which serves the API anyway: half the CPU of a call of the usual library and
 * nothing more to load at start.
 */
export class Channel {
  readonly #target: ChannelTarget;
  readonly #authority: string;
  #session: ClientHttp2Session | null = null;
  #closed = false;

  constructor(target: ChannelTarget) {
    this.#target = target;
    this.#authority = 'path' in target ? 'localhost' : target.authority;
  }

  /**
   * Calls a procedure with one answer.
   *
   * @throws GrpcError with the server's code and text, `UNAVAILABLE` when there is no connection
   */
  async unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    const answers: Response[] = [];
    await this.stream(method, request, options, (response) => {
      answers[0] = response;
    });
    if (answers.length > 0) return answers[0]!;
    throw new GrpcError(13, 'server ended the call without an answer');
  }

  /**
   * Calls a procedure that answers any number of times, until it ends or `signal` aborts.
   *
   * @throws GrpcError as `unary`; `CANCELLED` on abort
   */
  stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions,
    receive: (response: Response) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted) return reject(new GrpcError(1, 'context canceled'));
      let stream: ClientHttp2Stream;
      try {
        stream = this.#open(method.path, options);
      } catch (error) {
        return reject(unavailable(error));
      }
      const call = new Call(stream, resolve, reject);
      call.limit(options);
      stream.on(
        'data',
        readFrames(call, (bytes) => receive(method.response.decode(bytes))),
      );
      stream.end(frame(method.request.encode(request)));
    });
  }

  /** Ends the connection; calls under way fail with `UNAVAILABLE`. */
  close(): void {
    this.#closed = true;
    this.#session?.destroy();
    this.#session = null;
  }

  #open(path: string, options: CallOptions): ClientHttp2Stream {
    const session = this.#connect();
    const headers: Record<string, string> = {
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...options.metadata,
    };
    if (options.timeoutMs !== undefined && options.timeoutMs > 0) {
      headers['grpc-timeout'] = `${Math.min(Math.ceil(options.timeoutMs), 99_999_999)}m`;
    }
    return session.request(headers);
  }

  #connect(): ClientHttp2Session {
    if (this.#closed) throw new Error('the connection has been closed');
    if (this.#session !== null) return this.#session;
    const target = this.#target;
    const session = connect(`http://${this.#authority}`, {
      createConnection: () => ('path' in target ? connectSocket(target) : target.socket),
      settings: { enablePush: false, initialWindowSize: WINDOW_BYTES },
    });
    const forget = () => {
      if (this.#session === session) this.#session = null;
    };
    // The streams of a broken session each report the error; here it only must not be unhandled.
    session.on('error', forget);
    session.on('close', forget);
    session.on('goaway', forget);
    this.#session = session;
    return session;
  }
}

/** The end of one call, whichever of status, error, deadline and abort comes first. */
class Call {
  readonly #stream: ClientHttp2Stream;
  readonly #resolve: () => void;
  readonly #reject: (error: GrpcError) => void;
  #timer: NodeJS.Timeout | null = null;
  #signal: AbortSignal | undefined;
  #ended = false;
  #httpStatus = 0;
  #status: GrpcError | 'ok' | null = null;

  constructor(stream: ClientHttp2Stream, resolve: () => void, reject: (error: GrpcError) => void) {
    this.#stream = stream;
    this.#resolve = resolve;
    this.#reject = reject;
    stream.on('response', (headers) => {
      this.#httpStatus = Number(headers[':status'] ?? 0);
      // An answer that is an error only comes as headers with the status in them.
      if (headers['grpc-status'] !== undefined) this.#note(headers);
    });
    stream.on('trailers', (headers) => this.#note(headers));
    // Trailers may be told before the last data: the call is over when both have been.
    stream.on('end', () => this.#settle());
    stream.on('error', (error) => this.fail(unavailable(error)));
    stream.on('close', () => {
      this.#settle();
      // Of most calls this is the second end: an error for nobody costs a stack trace.
      if (!this.#ended) this.fail(this.#closedEarly());
    });
  }

  limit(options: CallOptions): void {
    if (options.timeoutMs !== undefined && options.timeoutMs > 0) {
      this.#timer = setTimeout(
        () => this.fail(new GrpcError(4, 'context deadline exceeded')),
        options.timeoutMs,
      );
    }
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
  }

  fail(error: GrpcError): void {
    if (!this.#finish()) return;
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#reject(error);
  }

  readonly #abort = () => this.fail(new GrpcError(1, 'context canceled'));

  #note(headers: Readonly<Record<string, unknown>>): void {
    const code = Number(headers['grpc-status'] ?? 2) as StatusCode;
    const text = decodeMessage(String(headers['grpc-message'] ?? ''));
    this.#status = code === 0 ? 'ok' : new GrpcError(code, text);
    if (this.#stream.readableEnded) this.#settle();
  }

  #settle(): void {
    if (this.#status === null || !this.#finish()) return;
    if (this.#status === 'ok') this.#resolve();
    else this.#reject(this.#status);
  }

  #closedEarly(): GrpcError {
    const status = this.#httpStatus;
    if (status !== 0 && status !== 200) {
      return new GrpcError(
        status === 404 ? 12 : 14,
        `unexpected HTTP status code received from server: ${status}`,
      );
    }
    return new GrpcError(14, 'connection closed before the call ended');
  }

  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
    return true;
  }
}

/** Puts frames together from chunks and gives each message on. */
function readFrames(call: Call, receive: (bytes: Uint8Array) => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= FRAME_HEADER_BYTES) {
      const length = pending.readUInt32BE(1);
      if (pending[0] !== 0 || length > MESSAGE_BYTES_MAX) {
        call.fail(new GrpcError(8, `received message is compressed or too large: ${length}`));
        return;
      }
      const end = FRAME_HEADER_BYTES + length;
      if (pending.length < end) return;
      try {
        receive(pending.subarray(FRAME_HEADER_BYTES, end));
      } catch (error) {
        call.fail(new GrpcError(13, `cannot read the answer: ${String(error)}`));
        return;
      }
      pending = pending.subarray(end);
    }
  };
}

function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_HEADER_BYTES + message.length);
  framed[0] = 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, FRAME_HEADER_BYTES);
  return framed;
}

/** gRPC writes bytes outside printable ASCII, and `%`, as `%XX` of their UTF-8. */
function decodeMessage(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unavailable(error: unknown): GrpcError {
  const text = error instanceof Error ? error.message : String(error);
  return new GrpcError(14, `connection error: desc = "${text}"`, { cause: error });
}

/** `rpc error: code = Unknown desc = ...`: an error as Go prints it, and so events show it. */
export function describeError(error: GrpcError): string {
  return `rpc error: code = ${statusName(error.code)} desc = ${error.message}`;
}
