import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import type { ApiResponse, EncodedObject } from '../../apiserver/handler.ts';
import type { Connection } from './connection.ts';
import type { WatchPacer } from './watch-pacer.ts';
import { WatchPump } from './watch-pump.ts';

/** Bytes of a list put together in one write. */
const CHUNK_BYTES = 256 * 1024;
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
    return sendZipped(request, response, status, headers, [bytes]);
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
  const bytes = listBytes(list);
  const chunks = listChunks(list);
  if (bytes >= GZIP_BYTES_MIN && acceptsGzip(request, headers)) {
    return sendZipped(request, response, status, headers, chunks);
  }
  // With its length told there are no chunk frames, and TLS takes each write as it is.
  headers['content-length'] = bytes;
  response.writeHead(status, headers);
  if (request.method !== 'HEAD') {
    for (const chunk of chunks) {
      if (connection.closed) return;
      if (!response.write(chunk)) await drained(response, connection.signal);
    }
  }
  response.end();
}

async function sendZipped(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number>,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  headers['content-encoding'] = 'gzip';
  headers.vary = 'Accept-Encoding';
  response.writeHead(status, headers);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
  // Level 1, as upstream: the network here is mostly the machine's own.
  await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), response);
}

function acceptsGzip(request: IncomingMessage, headers: Record<string, unknown>): boolean {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  return /\bgzip\b/.test(accepted) && headers['content-encoding'] === undefined;
}

interface ListBody {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly items: readonly EncodedObject[];
}

const COMMA = Buffer.from(',');
const LIST_END = Buffer.from(']}\n');

function listHead({ kind, apiVersion, metadata }: ListBody): Buffer {
  return Buffer.from(`${JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1)},"items":[`);
}

/** How many bytes {@link listChunks} makes in all. */
function listBytes(list: ListBody): number {
  let bytes = listHead(list).length + LIST_END.length + Math.max(0, list.items.length - 1);
  for (const item of list.items) bytes += item.json.length;
  return bytes;
}

/** The bytes of a list, spliced from its items and put together to writes of a good size. */
export function* listChunks(list: ListBody): Generator<Uint8Array> {
  let parts: Uint8Array[] = [listHead(list)];
  let bytes = 0;
  for (const [index, item] of list.items.entries()) {
    if (index > 0) parts.push(COMMA);
    parts.push(item.json);
    bytes += item.json.length;
    if (bytes >= CHUNK_BYTES) {
      yield Buffer.concat(parts);
      parts = [];
      bytes = 0;
    }
  }
  parts.push(LIST_END);
  yield Buffer.concat(parts);
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  try {
    await once(response, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function pumpStream(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const source = Readable.from(chunks, { objectMode: true, highWaterMark: 1 });
  await pipeline(source, response);
}
