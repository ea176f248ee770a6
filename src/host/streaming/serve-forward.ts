import type WebSocket from 'ws';
import type { ForwardBody } from '../../apiserver/handler.ts';
import { ItemQueue } from '../../base/item-queue.ts';
import { isBase64 } from './protocols.ts';
import { SpdySession, type SpdyStream } from './spdy-session.ts';
import type { Transport } from './transport.ts';
import { WebSocketChannels } from './web-socket-channels.ts';

/** The second stream of a connection must come this soon after the first (upstream's). */
const PAIR_MS_MAX = 30_000;
/** Bytes that wait for the pod on one connection over numbered channels. */
const BACKLOG_BYTES_MAX = 256 * 1024;

/** The streams of one connection: its bytes, and what goes wrong with it. */
interface Pair {
  readonly timer: NodeJS.Timeout;
  data?: SpdyStream;
  error?: SpdyStream;
}

/**
 * Serves connections to ports of a pod to a client that speaks SPDY, until it is gone. Each
 * connection is a pair of streams, `data` and `error`, with the same request id.
 */
export async function serveForwardOverSpdy(transport: Transport, body: ForwardBody): Promise<void> {
  const pairs = new Map<string, Pair>();
  const session = new SpdySession(transport, {
    role: 'server',
    accept(stream) {
      const { streamtype: type, port = '', requestid = `port ${port}` } = stream.headers;
      if ((type !== 'data' && type !== 'error') || !isPort(Number(port))) return stream.reset();
      stream.reply();
      const pair = pairs.get(requestid) ?? newPair(pairs, requestid);
      if (pair[type] !== undefined) return stream.reset();
      pair[type] = stream;
      const { data, error } = pair;
      if (data === undefined || error === undefined) return;
      forgetPair(pairs, requestid, pair);
      void serveConnection(body, Number(port), data, error);
    },
  });
  if (body.refused !== '') session.close();
  await aborted(session.signal);
  for (const [id, pair] of [...pairs]) forgetPair(pairs, id, pair);
}

function newPair(pairs: Map<string, Pair>, id: string): Pair {
  const timer = setTimeout(() => {
    pair.data?.reset();
    pair.error?.reset();
    pairs.delete(id);
  }, PAIR_MS_MAX);
  const pair: Pair = { timer };
  pairs.set(id, pair);
  return pair;
}

function forgetPair(pairs: Map<string, Pair>, id: string, pair: Pair): void {
  clearTimeout(pair.timer);
  pairs.delete(id);
}

async function serveConnection(
  body: ForwardBody,
  port: number,
  data: SpdyStream,
  error: SpdyStream,
): Promise<void> {
  error.ignore();
  const failure = await body.connect(port, {
    incoming: data.incoming,
    signal: data.signal,
    write: (bytes) => data.write(bytes),
    end() {
      data.end();
      // What has ended did not fail. Older kubectls wait for this word before they close.
      error.end();
    },
  });
  if (failure !== '') error.write(Buffer.from(failure));
  error.end();
  data.ignore();
  data.end();
}

/**
 * Serves one connection to each port that the request names, to a client that speaks numbered
 * channels: two for each port, its bytes and its errors. Both begin with the port's number.
 */
export async function serveForwardOverWebSocket(
  socket: WebSocket,
  protocol: string,
  body: ForwardBody,
): Promise<void> {
  const channels = new WebSocketChannels(socket, isBase64(protocol));
  const gone = new AbortController();
  let full = 0;
  const queues = body.ports.map(
    () =>
      new ItemQueue<Uint8Array>({
        sizeMax: BACKLOG_BYTES_MAX,
        sizeOf: (bytes) => bytes.length,
        pressed(isFull) {
          full += isFull ? 1 : -1;
          channels.pause(full > 0);
        },
      }),
  );
  channels.open({
    receive: (channel, bytes) => queues[channel / 2]?.push(bytes),
    ended: () => {},
    closed() {
      for (const queue of queues) queue.end();
      gone.abort();
    },
  });
  await Promise.all(
    body.ports.map(async (port, index) => {
      const data = channels.sink(2 * index);
      const error = channels.sink(2 * index + 1);
      for (const sink of [data, error]) void sink.write(Buffer.of(port & 0xff, port >> 8));
      const incoming = queues[index]!;
      const failure = await body.connect(port, { ...data, incoming, signal: gone.signal });
      if (failure !== '') void error.write(Buffer.from(failure));
      incoming.drop();
    }),
  );
  channels.close();
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < 65_536;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
