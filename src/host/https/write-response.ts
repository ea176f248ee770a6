import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { ApiResponse } from '../../apiserver/handler.ts';
import { hostClock } from '../clock.ts';
import type { Connection } from './connection.ts';
import {
  ChunkBuffer,
  type ListBody,
  listBytes,
  listChunks,
  type TableBody,
} from './list-chunks.ts';
import type { WatchPacer } from './watch-pacer.ts';
import { WatchPump } from './watch-pump.ts';

/** Answers from this size on are compressed for clients that accept it, as upstream does. */
const GZIP_BYTES_MIN = 128 * 1024;

/** Writes one answer and resolves when it is all handed over or the client is gone. */
export async function writeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: ApiResponse,
  connection: Connection,
  pacer: WatchPacer,
): Promise<void> {
  const { body } = answer;
  const headers: Record<string, string | number> = {
    'cache-control': 'no-cache, private',
    ...answer.headers,
  };
  if (body.type !== 'none') headers['content-type'] ??= 'application/json';
  const send = (bytes: Uint8Array) => sendBytes(request, response, answer.status, headers, bytes);

  switch (body.type) {
    case 'none':
      response.writeHead(answer.status, headers).end();
      return;
    case 'object':
      return send(body.encoded.json);
    case 'bytes':
      return send(body.bytes);
    case 'list':
      return sendList(request, response, answer.status, headers, body, connection);
    case 'table':
      return sendTable(request, response, answer.status, headers, body, connection);
    case 'watch':
      response.writeHead(answer.status, headers);
      response.flushHeaders();
      return new WatchPump(response, body, connection.signal, pacer).run();
    case 'stream':
      response.writeHead(answer.status, headers);
      response.flushHeaders();
      return pumpStream(response, body.chunks);
  }
}

async function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  bytes: Uint8Array,
): Promise<void> {
  if (bytes.length >= GZIP_BYTES_MIN && acceptsGzip(request, headers)) {
    return sendZipped(request, response, status, headers, [[bytes]]);
  }
  headers['content-length'] = bytes.length;
  response.writeHead(status, headers);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function sendList(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  list: ListBody,
  connection: Connection,
): Promise<void> {
  const bytes = await listBytes(hostClock, list, connection);
  const chunks = listChunks(hostClock, list, connection);
  if (bytes >= GZIP_BYTES_MIN && acceptsGzip(request, headers)) {
    return sendZipped(request, response, status, headers, chunks);
  }
  // With its length told there are no chunk frames, and TLS takes each write as it is.
  headers['content-length'] = bytes;
  return sendChunks(request, response, status, headers, chunks, connection);
}

/** Nobody knows the length of a table before its rows are made; a short one fits the first chunk. */
async function sendTable(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  table: TableBody,
  connection: Connection,
): Promise<void> {
  const chunks = listChunks(hostClock, table, connection);
  const [first, second] = [await chunks.next(), await chunks.next()];
  if (second.done) {
    return sendBytes(request, response, status, headers, Buffer.concat(first.value));
  }
  async function* all() {
    yield first.value as readonly Uint8Array[];
    yield second.value as readonly Uint8Array[];
    yield* chunks;
  }
  if (acceptsGzip(request, headers)) return sendZipped(request, response, status, headers, all());
  return sendChunks(request, response, status, headers, all(), connection);
}

async function sendChunks(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  chunks: AsyncIterable<readonly Uint8Array[]>,
  connection: Connection,
): Promise<void> {
  response.writeHead(status, headers);
  if (request.method !== 'HEAD') {
    const buffer = new ChunkBuffer();
    for await (const parts of chunks) {
      if (connection.closed) return;
      await written(response, buffer.join(parts), connection.signal);
    }
  }
  response.end();
}

/** Resolves when `bytes` may be changed again, or nobody wants them any more. */
function written(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    response.write(bytes, done);
  });
}

async function sendZipped(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  chunks: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>,
): Promise<void> {
  headers['content-encoding'] = 'gzip';
  headers.vary = 'Accept-Encoding';
  response.writeHead(status, headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = Readable.from(joined(chunks), { objectMode: true, highWaterMark: 1 });
  // Level 1, as upstream: the network here is mostly the machine's own.
  await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), response);
}

async function* joined(
  chunks: Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>,
): AsyncGenerator<Uint8Array> {
  for await (const parts of chunks) yield Buffer.concat(parts);
}

function acceptsGzip(request: IncomingMessage, headers: Record<string, unknown>): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '').split(',');
  const isAccepted = accepted.some((coding) =>
    /^\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*$)|$)/.test(coding),
  );
  return isAccepted && headers['content-encoding'] === undefined;
}

async function pumpStream(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
  await pipeline(source, response);
}
