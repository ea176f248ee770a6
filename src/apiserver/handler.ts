/**
 * The waist: what every client of the API speaks, whether it sits in this process or at the end
 * of a socket. Types only. A body is bytes or a parsed value, so that a call inside the process
 * encodes nothing.
 */

import type { ByteConnection, ProcessStreams } from '../base/byte-streams.ts';

/** Who asks, as authentication found out. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** What else is known, such as the pod whose token it was. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export type RequestBody =
  | { readonly type: 'bytes'; readonly contentType: string; readonly bytes: Uint8Array }
  /** Handed over: neither side changes it after. */
  | { readonly type: 'value'; readonly contentType: string; readonly value: unknown };

export interface ApiRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** As on the wire: percent-encoded, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly user: UserInfo;
  readonly body: RequestBody | null;
  /** Aborts when the client went away or the server stops. */
  readonly signal: AbortSignal;
}

/** One object: its frozen value and its JSON, each made when first asked for. */
export interface EncodedObject {
  readonly object: unknown;
  readonly json: Uint8Array;
}

/** A line of a watch, one of upstream's: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. */
export interface WatchFrame {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
  /** The line in JSON with the newline at its end, in pieces, and how many bytes they are. */
  readonly lineParts: readonly Uint8Array[];
  readonly lineBytes: number;
}

/**
 * A running watch. The reader pulls: frames wait in the store's history, not in a queue of the
 * reader's, so a slow reader costs nothing.
 */
export interface WatchBody {
  readonly type: 'watch';
  /** The next frames, at most `max`; [] when there are none yet or it has ended. */
  take(max: number): readonly WatchFrame[];
  /** No more frames will come once `take` has answered []. */
  readonly ended: boolean;
  /** Called when `take` has something new or the watch has ended. Must not throw. */
  onReady: (() => void) | null;
  close(): void;
}

/** A command in a container, to be connected to a client's channels. */
export interface CommandBody {
  readonly type: 'command';
  /** Which channels the client shall have. */
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** What the node found wrong already; then `run` is not called. '' for nothing. */
  readonly refused: string;
  /** Runs until all output is written; answers the Status that tells how it ended. */
  run(streams: ProcessStreams): Promise<Record<string, unknown>>;
  /** Called once, when the client's connection is over. */
  close(): void;
}

/** A tunnel to ports of a pod, for any number of connections. */
export interface ForwardBody {
  readonly type: 'forward';
  /** Ports named in the request, for clients that cannot name them later. */
  readonly ports: readonly number[];
  /** As of {@link CommandBody}. */
  readonly refused: string;
  /** Connects to a port until both directions have ended; answers '' or why it failed. */
  connect(port: number, connection: ByteConnection): Promise<string>;
  close(): void;
}

export type ResponseBody =
  | { readonly type: 'none' }
  | { readonly type: 'object'; readonly encoded: EncodedObject }
  /** The JSON is `{"kind":…,"apiVersion":…,"metadata":…,"items":[` + items + `]}`. */
  | {
      readonly type: 'list';
      readonly kind: string;
      readonly apiVersion: string;
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly items: readonly EncodedObject[];
    }
  /** The JSON is `head`, and in it `"rows":[` + rows + `]`. A row is made each time it is asked for. */
  | {
      readonly type: 'table';
      readonly head: Readonly<Record<string, unknown>>;
      readonly rows: readonly EncodedObject[];
    }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  | WatchBody
  /** Text that goes on, such as a container's log; flushed chunk by chunk. */
  | { readonly type: 'stream'; readonly chunks: AsyncIterable<Uint8Array> }
  /** Channels of their own, on the connection that the request came by; with status 101. */
  | CommandBody
  | ForwardBody;

export interface ApiResponse {
  readonly status: number;
  /** Names in lower case. content-type is application/json where absent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ResponseBody;
}

/**
 * Answers one request. Failures are answers with a Status body, never exceptions: whoever calls it
 * needs no catch.
 */
export type Handler = (request: ApiRequest) => Promise<ApiResponse>;
