import { type ByteSink, type ProcessStreams, pipeBytes } from '../../base/byte-streams.ts';
import { RuntimeError } from '../../kubelet/runtime.ts';
import type { SpdySession, SpdyStream } from '../streaming/spdy-session.ts';
import { connectStreams, readText } from './stream-connection.ts';

const PROTOCOL = 'v4.channel.k8s.io';
const STATUS_BYTES_MAX = 16 * 1024;

/**
 * Connects a client to a container's first process, by the streaming server of the container
 * runtime, which holds that process's input and output. See {@link Runtime.attach}.
 *
 * @param url as CRI's Attach answered it for these streams
 */
export async function attach(url: string, streams: ProcessStreams): Promise<void> {
  const session = await connectStreams(url, PROTOCOL);
  const leave = () => session.close();
  streams.signal.addEventListener('abort', leave, { once: true });
  if (streams.signal.aborted) leave();
  try {
    const status = await exchange(session, streams);
    if (!streams.signal.aborted) check(status);
  } finally {
    streams.signal.removeEventListener('abort', leave);
    leave();
  }
}

/** Moves bytes until all output has ended; answers the Status that the runtime ended with. */
async function exchange(session: SpdySession, streams: ProcessStreams): Promise<string> {
  const open = (type: string) => session.open({ streamtype: type });
  const error = open('error');
  const stdin = streams.stdin === null ? null : open('stdin');
  const stdout = streams.stdout === null ? null : open('stdout');
  const stderr = streams.stderr === null ? null : open('stderr');
  const sizes = streams.tty ? open('resize') : null;
  if (stdin !== null && streams.stdin !== null) void pipeBytes(streams.stdin, stdin);
  if (sizes !== null) void sendSizes(streams, sizes);
  const [status] = await Promise.all([
    readText(error.incoming, STATUS_BYTES_MAX),
    receive(stdout, streams.stdout),
    receive(stderr, streams.stderr),
  ]);
  return status;
}

async function receive(from: SpdyStream | null, to: ByteSink | null): Promise<void> {
  if (from !== null && to !== null) await pipeBytes(from.incoming, to);
}

async function sendSizes({ sizes }: ProcessStreams, stream: SpdyStream): Promise<void> {
  for await (const { columns, rows } of sizes) {
    stream.write(Buffer.from(`${JSON.stringify({ Width: columns, Height: rows })}\n`));
  }
}

/** @throws RuntimeError when the runtime's Status is none of success */
function check(text: string): void {
  if (text === '') return;
  let status: { status?: string; message?: string };
  try {
    status = JSON.parse(text) as typeof status;
  } catch {
    throw new RuntimeError('other', text);
  }
  if (status.status === 'Success') return;
  const prefix = /^(Internal error occurred: )?(error attaching to container: )?/;
  throw new RuntimeError('other', (status.message ?? text).replace(prefix, ''));
}
