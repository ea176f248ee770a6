import { type ByteConnection, pipeBytes } from '../../base/byte-streams.ts';
import { RuntimeError } from '../../kubelet/runtime.ts';
import { connectStreams, readText } from './stream-connection.ts';

const PROTOCOL = 'portforward.k8s.io';
const ERROR_BYTES_MAX = 4_096;
/** How a connection ends that stood: not what its client must hear as a failure to connect. */
const BROKEN = /(connection reset by peer|broken pipe|use of closed network connection)$/;

/**
 * Connects to a port of a pod by the streaming server of the container runtime, which dials from
 * within the pod's network. Every connection has a session of its own, so that one that nobody
 * reads holds up no other. See {@link Runtime.forwardPort}.
 *
 * @param url as CRI's PortForward answered it
 */
export async function forwardPort(
  url: string,
  port: number,
  connection: ByteConnection,
): Promise<void> {
  const session = await connectStreams(url, PROTOCOL);
  const leave = () => session.close();
  connection.signal.addEventListener('abort', leave, { once: true });
  if (connection.signal.aborted) leave();
  try {
    const headers = { port: String(port), requestid: '0' };
    const error = session.open({ ...headers, streamtype: 'error' });
    error.end();
    const data = session.open({ ...headers, streamtype: 'data' });
    void pipeBytes(connection.incoming, data);
    const [failure] = await Promise.all([
      readText(error.incoming, ERROR_BYTES_MAX),
      pipeBytes(data.incoming, connection),
    ]);
    if (failure !== '' && !BROKEN.test(failure)) throw new RuntimeError('other', failure);
  } finally {
    connection.signal.removeEventListener('abort', leave);
    leave();
  }
}
