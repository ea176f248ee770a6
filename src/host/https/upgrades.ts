import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CommandBody, ForwardBody, ResponseBody } from '../../apiserver/handler.ts';

/** Whether an answer is channels on the request's own connection. */
export function isChannels(body: ResponseBody): body is CommandBody | ForwardBody {
  return body.type === 'command' || body.type === 'forward';
}

/** Serves channels on an upgraded connection until they are over, or answers why not. */
export async function answerUpgrade(
  upgrade: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  body: CommandBody | ForwardBody,
): Promise<void> {
  try {
    // Loaded when first needed: a start is quicker without.
    const { serveUpgrade } = await import('../streaming/upgrade.ts');
    const refusal = await serveUpgrade(upgrade, body);
    if (refusal === null) return;
    const { status, message } = refusal;
    const reason = status === 403 ? 'Forbidden' : status === 400 ? 'Bad Request' : 'Error';
    const bytes = Buffer.from(message);
    upgrade.socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
        `Content-Length: ${bytes.length}\r\nConnection: close\r\n\r\n${message}`,
    );
  } finally {
    body.close();
  }
}
