import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CommandBody, ForwardBody } from '../../apiserver/handler.ts';
import {
  agree,
  namesIn,
  SPDY_COMMAND,
  SPDY_FORWARD,
  TUNNEL,
  WEB_SOCKET_COMMAND,
  WEB_SOCKET_FORWARD,
} from './protocols.ts';
import { serveCommandOverSpdy, serveCommandOverWebSocket } from './serve-command.ts';
import { serveForwardOverSpdy, serveForwardOverWebSocket } from './serve-forward.ts';
import { prepareSocket, SocketTransport } from './transport.ts';
import { WatchedTransport } from './watched-transport.ts';
import { acceptWebSocket } from './web-socket-server.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

/** An upgraded request, with what came on its connection after it. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Why a connection is not changed, as a plain answer. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/**
 * Changes a connection to the channels that its client speaks, and serves `body` over them until
 * both have ended. Answers why not where nothing has been changed.
 */
export async function serveUpgrade(
  upgrade: Upgrade,
  body: CommandBody | ForwardBody,
): Promise<Refusal | null> {
  const { request } = upgrade;
  const asked = request.headers.upgrade?.toLowerCase() ?? '';
  if (asked === 'websocket') return serveWebSocket(upgrade, body);
  if (asked === 'spdy/3.1') return serveSpdy(upgrade, body);
  const message = `unable to upgrade: unexpected upgrade protocol: ${request.headers.upgrade}`;
  return { status: 400, message };
}

async function serveWebSocket(
  upgrade: Upgrade,
  body: CommandBody | ForwardBody,
): Promise<Refusal | null> {
  const asked = namesIn(upgrade.request.headers['sec-websocket-protocol']);
  const known = body.type === 'command' ? WEB_SOCKET_COMMAND : WEB_SOCKET_FORWARD;
  const protocol = agree(asked, known);
  if (protocol === null) return unknownProtocol(asked, known);
  // Upstream tells kubectl 1.30 and later on a channel, which that may not have opened yet.
  if (body.refused !== '') return { status: 500, message: body.refused };
  const socket = await acceptWebSocket(upgrade, protocol);
  if (socket === null) return null;
  if (body.type === 'command') await serveCommandOverWebSocket(socket, protocol, body);
  else if (protocol !== TUNNEL) await serveForwardOverWebSocket(socket, protocol, body);
  else await serveForwardOverSpdy(new WatchedTransport(new WebSocketTransport(socket)), body);
  return null;
}

async function serveSpdy(
  { request, socket, head }: Upgrade,
  body: CommandBody | ForwardBody,
): Promise<Refusal | null> {
  const asked = namesIn(String(request.headers['x-stream-protocol-version'] ?? ''));
  const known = body.type === 'command' ? SPDY_COMMAND : SPDY_FORWARD;
  // The oldest clients name no version.
  const protocol = asked.length === 0 ? known.at(-1)! : agree(asked, known);
  if (protocol === null) return unknownProtocol(asked, known);
  if (body.refused !== '') return { status: 500, message: body.refused };
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n' +
      `X-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  prepareSocket(socket);
  const transport = new WatchedTransport(new SocketTransport(socket, head));
  if (body.type === 'command') await serveCommandOverSpdy(transport, protocol, body);
  else await serveForwardOverSpdy(transport, body);
  return null;
}

function unknownProtocol(asked: readonly string[], known: readonly string[]): Refusal {
  const lists = `client supports [${asked.join(' ')}], server accepts [${known.join(' ').trim()}]`;
  return { status: 403, message: `unable to upgrade: unable to negotiate protocol: ${lists}` };
}
