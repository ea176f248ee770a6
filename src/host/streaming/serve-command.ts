import type WebSocket from 'ws';
import type { CommandBody } from '../../apiserver/handler.ts';
import { ItemQueue } from '../../base/item-queue.ts';
import { statusBytes, TerminalSizes } from './command-channels.ts';
import { endsInput, isBase64, tellsStatus } from './protocols.ts';
import { SpdySession, type SpdyStream } from './spdy-session.ts';
import type { Transport } from './transport.ts';
import { WebSocketChannels } from './web-socket-channels.ts';

/** A client has this long to open the streams that it asked for (upstream's). */
const STREAMS_MS_MAX = 30_000;
/** A command whose client has said goodbye, as that ended its input, may do so much longer. */
const GOODBYE_MS_MAX = 10_000;
/** How a WebSocket is closed by who has sent all: with a code that says so, or with none. */
const GOODBYE_CODES = new Set([1000, 1005]);
/** Input that waits for the process. */
const STDIN_BYTES_MAX = 256 * 1024;
/** The channels of a WebSocket. */
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

/** Runs a command whose client speaks numbered channels over a WebSocket, to its end. */
export async function serveCommandOverWebSocket(
  socket: WebSocket,
  protocol: string,
  body: CommandBody,
): Promise<void> {
  const channels = new WebSocketChannels(socket, isBase64(protocol));
  const gone = new AbortController();
  const sizes = new TerminalSizes();
  const stdin = new ItemQueue<Uint8Array>({
    sizeMax: STDIN_BYTES_MAX,
    sizeOf: (bytes) => bytes.length,
    pressed: (isFull) => channels.pause(isFull),
  });
  let leaving: NodeJS.Timeout | null = null;
  const left = (code: number) => {
    if (!body.stdin || endsInput(protocol) || !GOODBYE_CODES.has(code)) gone.abort();
    else leaving = setTimeout(() => gone.abort(), GOODBYE_MS_MAX);
  };
  socket.once('close', left);
  channels.open({
    receive(channel, bytes) {
      if (channel === STDIN && body.stdin) stdin.push(bytes);
      else if (channel === RESIZE && body.tty) sizes.take(bytes);
    },
    ended(channel) {
      if (channel === STDIN) stdin.end();
    },
    closed() {
      stdin.end();
      sizes.end();
    },
  });
  // kubectl, which speaks v5, drops what comes before it has opened its channels, and says so.
  if (!protocol.startsWith('v5.')) {
    channels.greet(body.stdout ? STDOUT : body.stderr ? STDERR : ERROR);
  }
  const status = await body.run({
    stdin: body.stdin ? stdin : null,
    stdout: body.stdout ? channels.sink(STDOUT) : null,
    stderr: body.stderr ? channels.sink(STDERR) : null,
    tty: body.tty,
    sizes: sizes.sizes,
    signal: gone.signal,
  });
  socket.off('close', left);
  if (leaving !== null) clearTimeout(leaving);
  stdin.drop();
  sizes.end();
  const last = statusBytes(status, tellsStatus(protocol));
  if (last.length > 0) channels.sink(ERROR).write(last);
  channels.close();
}

/** Runs a command whose client speaks SPDY, to its end. */
export async function serveCommandOverSpdy(
  transport: Transport,
  protocol: string,
  body: CommandBody,
): Promise<void> {
  const { session, streams, complete } = openStreams(transport, protocol, body);
  try {
    await complete;
    if (session.signal.aborted) return;
    const sizes = new TerminalSizes();
    void readSizes(streams.get('resize'), sizes);
    const status = await body.run({
      stdin: streams.get('stdin')?.incoming ?? null,
      stdout: streams.get('stdout') ?? null,
      stderr: streams.get('stderr') ?? null,
      tty: body.tty,
      sizes: sizes.sizes,
      signal: session.signal,
    });
    sizes.end();
    streams.get('error')?.write(statusBytes(status, tellsStatus(protocol)));
  } finally {
    for (const stream of streams.values()) {
      stream.ignore();
      stream.end();
    }
    session.close();
  }
}

interface CommandStreams {
  readonly session: SpdySession;
  readonly streams: ReadonlyMap<string, SpdyStream>;
  /** Resolves when all streams are there that the client asked for, or will not come. */
  readonly complete: Promise<void>;
}

function openStreams(transport: Transport, protocol: string, body: CommandBody): CommandStreams {
  const knowsSizes = protocol !== 'channel.k8s.io' && !protocol.startsWith('v2.');
  const wanted = new Set(['error']);
  for (const type of ['stdin', 'stdout', 'stderr'] as const) if (body[type]) wanted.add(type);
  if (body.tty && knowsSizes) wanted.add('resize');
  const streams = new Map<string, SpdyStream>();
  let finish = () => {};
  const complete = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const session = new SpdySession(transport, {
    role: 'server',
    accept(stream) {
      const type = stream.headers.streamtype ?? '';
      stream.reply();
      if (!wanted.has(type) || streams.has(type)) {
        stream.ignore();
        stream.end();
        return;
      }
      streams.set(type, stream);
      if (streams.size === wanted.size) finish();
    },
  });
  const timer = setTimeout(() => transport.destroy(), STREAMS_MS_MAX);
  session.signal.addEventListener('abort', finish, { once: true });
  return { session, streams, complete: complete.finally(() => clearTimeout(timer)) };
}

async function readSizes(stream: SpdyStream | undefined, sizes: TerminalSizes): Promise<void> {
  if (stream !== undefined) for await (const bytes of stream.incoming) sizes.take(bytes);
  sizes.end();
}
