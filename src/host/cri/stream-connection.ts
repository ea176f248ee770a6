import { request } from 'node:http';
import { RuntimeError } from '../../kubelet/runtime.ts';
import { SpdySession } from '../streaming/spdy-session.ts';
import { prepareSocket, SocketTransport } from '../streaming/transport.ts';

/** containerd's streaming server is a loopback away. */
const CONNECT_MS_MAX = 30_000;
/** What is shown of an answer that says no. */
const ANSWER_BYTES_MAX = 4_096;

/**
 * Connects to the streaming server of the container runtime, at a URL that CRI has given for one
 * use.
 *
 * @throws RuntimeError with its answer when it refuses
 */
export function connectStreams(url: string, protocol: string): Promise<SpdySession> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      headers: {
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': protocol,
        'content-length': 0,
      },
      timeout: CONNECT_MS_MAX,
    });
    const fail = (text: string) => reject(new RuntimeError('unavailable', text));
    call.on('upgrade', (_answer, socket, head) => {
      socket.setTimeout(0);
      prepareSocket(socket);
      // The runtime opens no streams of its own.
      const accept = (stream: { reset(): void }) => stream.reset();
      resolve(new SpdySession(new SocketTransport(socket, head), { role: 'client', accept }));
    });
    call.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        if (text.length < ANSWER_BYTES_MAX) text += part;
      });
      answer.on('end', () => fail(text.trim() || `status ${answer.statusCode}`));
    });
    call.on('timeout', () => call.destroy(new Error('container runtime does not answer')));
    call.on('error', (error) => fail(error.message));
    call.end();
  });
}

/** Reads a stream of text to its end, or as far as `bytesMax`. */
export async function readText(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<string> {
  let text = '';
  for await (const bytes of source) {
    if (text.length < bytesMax) text += Buffer.from(bytes).toString();
  }
  return text.slice(0, bytesMax);
}
