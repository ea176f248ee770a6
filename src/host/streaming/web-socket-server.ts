import type WebSocket from 'ws';
import { WebSocketServer } from 'ws';
import { prepareSocket } from './transport.ts';
import type { Upgrade } from './upgrade.ts';

/** What golang.org/x/net/websocket takes of one message. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  clientTracking: false,
  maxPayload: MESSAGE_BYTES_MAX,
  skipUTF8Validation: true,
});

/**
 * Completes the handshake of a WebSocket with the protocol that was agreed on ('' for none).
 * Answers null when the handshake was none, which its client has been told.
 */
export function acceptWebSocket(
  { request, socket, head }: Upgrade,
  protocol: string,
): Promise<WebSocket | null> {
  // The library refuses names with a slash, such as that of the tunnel.
  delete request.headers['sec-websocket-protocol'];
  const tellProtocol = (headers: string[], of: unknown) => {
    if (of === request && protocol !== '') headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  };
  server.on('headers', tellProtocol);
  return new Promise((resolve) => {
    const refused = () => resolve(null);
    socket.once('close', refused);
    server.handleUpgrade(request, socket, head, (accepted) => {
      socket.off('close', refused);
      prepareSocket(socket);
      // Until somebody listens.
      accepted.pause();
      resolve(accepted);
    });
    // It is synchronous: what has not been accepted by now has been refused.
    server.off('headers', tellProtocol);
  });
}
