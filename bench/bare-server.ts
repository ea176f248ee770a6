/** The least that an API server over HTTPS can do: what `bench/limits/bare-https.ts` measures. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { preferThisProcess } from '../src/host/priority.ts';
import { podBody } from './pod-body.ts';

const CHUNK_BYTES = 256 * 1024;
const FRAME_BYTES = 1_600;

// As the daemon, with which it is compared.
preferThisProcess();
process.stdin.resume().on('end', () => process.exit());

const folder = process.argv[2] as string;
const read = (name: string) => readFileSync(join(folder, name));
const answer = Buffer.from(podBody(0));
const chunk = Buffer.alloc(CHUNK_BYTES, 'x');
const begin = '{"type":"MODIFIED","object":"';
const frame = Buffer.from(`${begin.padEnd(FRAME_BYTES - 3, 'x')}"}\n`);

/** Open answers that every frame goes to, and the frames of this turn of the loop. */
const watchers = new Set<ServerResponse>();
let frames: Buffer[] = [];

const server = createSecureServer(
  {
    allowHTTP1: true,
    key: read('server.key'),
    cert: read('server.crt'),
    ca: read('ca.crt'),
    requestCert: true,
  },
  (request, response) =>
    // Both halves of the server have the surface used here.
    serve(request as unknown as IncomingMessage, response as unknown as ServerResponse),
);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

function serve(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://localhost');
  if (pathname === '/bytes') sendBytes(response, Number(searchParams.get('count')));
  else if (pathname === '/watch') addWatcher(response);
  else if (request.method === 'GET') send(response, answer);
  else echo(request, response);
}

function addWatcher(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  watchers.add(response);
}

/** A body is parsed and sent back, as a write is; a patch is told to who watches. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (part: Buffer) => chunks.push(part));
  request.on('end', () => {
    const object = JSON.parse(Buffer.concat(chunks).toString());
    if (request.method === 'PATCH') toWatchers(frame);
    send(response, Buffer.from(JSON.stringify(object)));
  });
}

function send(response: ServerResponse, bytes: Buffer): void {
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
  response.writeHead(200, headers).end(bytes);
}

/** As a list is sent: with its length told, in pieces of a good size. */
function sendBytes(response: ServerResponse, count: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': count });
  let left = count;
  const more = () => {
    while (left > 0) {
      const piece = left >= CHUNK_BYTES ? chunk : chunk.subarray(0, left);
      left -= piece.length;
      if (!response.write(piece) && left > 0) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

/** Frames of one turn of the loop go out in one write each watcher. */
function toWatchers(bytes: Buffer): void {
  frames.push(bytes);
  if (frames.length > 1) return;
  setImmediate(() => {
    const joined = frames.length === 1 ? frames[0] : Buffer.concat(frames);
    frames = [];
    for (const watcher of watchers) watcher.write(joined);
  });
}
