import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApiRequest, ApiResponse, Handler, WatchFrame } from '../../apiserver/handler.ts';
import { silentLog } from '../../base/log.ts';
import { type Certificates, ensureCertificates } from '../pki/certificates.ts';
import { BODY_BYTES_MAX } from './read-body.ts';
import { type HttpsOptions, HttpsServer } from './server.ts';

let folder: string;
let certificates: Certificates;
let server: HttpsServer | null = null;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proa-https-'));
  certificates = await ensureCertificates(folder, {
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
});
afterEach(async () => {
  await server?.close();
  server = null;
});
afterAll(async () => {
  agent.destroy();
  await rm(folder, { recursive: true });
});

async function serve(handler: Handler, limits: Partial<HttpsOptions> = {}): Promise<number> {
  const { ca: clientCa, server: pair } = certificates;
  const authenticate = async (token: string) =>
    token === 'good' ? { name: 'robot', groups: ['system:authenticated'] } : null;
  const options = { host: '127.0.0.1', port: 0, ...pair, clientCa, authenticate, ...limits };
  server = new HttpsServer(handler, silentLog, options);
  return server.listen();
}

/** Asks for a long answer, of which nothing is read yet. */
async function openReader(protocol: string, port: number) {
  const { ca } = certificates;
  if (protocol === 'h2') {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca });
    const reader: Readable = session.request({ ':path': '/' });
    return { reader, close: () => session.close() };
  }
  const outgoing = request({ host: '127.0.0.1', port, ca, agent: false }).end();
  const [reader] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { reader: reader as Readable, close: () => outgoing.destroy() };
}

function object(value: object): ApiResponse {
  const encoded = { object: value, json: Buffer.from(JSON.stringify(value)) };
  return { status: 200, headers: {}, body: { type: 'object', encoded } };
}

/** Answers what it was asked. */
const echo: Handler = async ({ method, path, query, user, body }: ApiRequest) =>
  object({
    method,
    path,
    query: Object.fromEntries(query),
    user,
    body: body?.type === 'bytes' ? body.bytes.length : null,
  });

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

async function ask(port: number, options: RequestOptions = {}, body?: Buffer): Promise<Answer> {
  const { ca } = certificates;
  const outgoing = request({ host: '127.0.0.1', port, ca, agent, ...options });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, bytes: Buffer.concat(chunks) };
}

function json(answer: Answer) {
  return JSON.parse(answer.bytes.toString());
}

describe('HttpsServer', () => {
  it('hands on method, path, query and body', async () => {
    const port = await serve(echo);
    const path = '/api/v1/namespaces/a%2Fb/pods?limit=5';
    const answer = await ask(port, { method: 'POST', path }, Buffer.from('{}'));
    expect(json(answer)).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/a%2Fb/pods',
      query: { limit: '5' },
      body: 2,
    });
  });

  it('takes who comes without a certificate for anonymous', async () => {
    const port = await serve(echo);
    expect(json(await ask(port)).user).toEqual({
      name: 'system:anonymous',
      groups: ['system:unauthenticated'],
    });
  });

  it('reads user and groups from a client certificate', async () => {
    const port = await serve(echo);
    const { cert, key } = certificates.admin;
    expect(json(await ask(port, { cert, key, agent: false })).user).toEqual({
      name: 'kubernetes-admin',
      groups: ['system:masters', 'system:authenticated'],
    });
  });

  it.each([
    ['a bearer token', false, 'Bearer good', 'robot'],
    ['a certificate, whatever token is there', true, 'Bearer x', 'kubernetes-admin'],
    ['nobody from a password', false, 'Basic eDp5', 'system:anonymous'],
  ])('takes the user from %s', async (_name, certified, authorization, user) => {
    const port = await serve(echo);
    const pair = certified ? certificates.admin : {};
    const answer = await ask(port, { ...pair, headers: { authorization }, agent: false });
    expect(json(answer).user.name).toBe(user);
  });

  it.each([
    ['a certificate of another authority', true, {}],
    ['a token of nobody', false, { authorization: 'Bearer x' }],
  ])('refuses %s', async (_name, foreign, headers) => {
    const port = await serve(echo);
    const other = join(folder, 'other');
    const names = { dnsNames: [], ipAddresses: [] };
    const pair = foreign ? (await ensureCertificates(other, names)).admin : {};
    const answer = await ask(port, { ...pair, headers, agent: false });
    expect(answer.status).toBe(401);
    expect(json(answer)).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
  });

  it.each([
    ['declared', { 'content-length': String(BODY_BYTES_MAX + 1) }],
    ['chunked', { 'transfer-encoding': 'chunked' }],
  ])('answers 413 to a %s body that is too large', async (_name, headers) => {
    const port = await serve(echo);
    const outgoing = request({
      host: '127.0.0.1',
      port,
      ca: certificates.ca,
      method: 'POST',
      headers,
      agent: false,
    });
    // The server may close while the rest of the body is still on its way.
    outgoing.on('error', () => {});
    outgoing.write(Buffer.alloc(BODY_BYTES_MAX + 1));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    outgoing.destroy();
  });

  it('closes a connection that asks nothing', async () => {
    const port = await serve(echo, { headersTimeoutMs: 50 });
    const socket = connectTls({ host: '127.0.0.1', port, ca: certificates.ca });
    socket.resume();
    await once(socket, 'close');
  });

  it('answers 504 to a body that does not come to its end, over h2 as well', async () => {
    const port = await serve(echo, { bodyTimeoutMs: 50 });
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificates.ca });
    const stream = session.request({ ':method': 'POST', ':path': '/x' }, { endStream: false });
    stream.write('{');
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(504);
    session.destroy();
    const outgoing = request({ host: '127.0.0.1', port, ca: certificates.ca, method: 'POST' });
    outgoing.write('{');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([504, 'close']);
    outgoing.destroy();
  });

  it('holds only so much of unfinished bodies, and serves small ones meanwhile', async () => {
    const port = await serve(echo);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificates.ca });
    const streams = Array.from({ length: 24 }, () => {
      const stream = session.request({ ':method': 'POST', ':path': '/x' }, { endStream: false });
      stream.on('error', () => {});
      stream.write(Buffer.alloc(BODY_BYTES_MAX));
      return stream;
    });
    const refused = await Promise.race(streams.map((stream) => once(stream, 'response')));
    expect(refused[0]).toMatchObject({ ':status': 429, 'retry-after': '1' });
    expect((await ask(port, { method: 'POST' }, Buffer.from('{}'))).status).toBe(200);
    session.destroy();
  });

  it('answers a client that sends a body which is too long to its end, and then listens', async () => {
    const port = await serve(echo);
    const socket = connectTls({ host: '127.0.0.1', port, ca: certificates.ca });
    await once(socket, 'secureConnect');
    const body = Buffer.alloc(4 * BODY_BYTES_MAX, 'x');
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
    await new Promise<void>((resolve, reject) => {
      socket.write(body, (error) => (error ? reject(error) : resolve()));
    });
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /);
    // It is good for another request.
    socket.write('GET /again HTTP/1.1\r\nhost: x\r\n\r\n');
    const [next] = (await once(socket, 'data')) as [Buffer];
    expect(next.toString()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  it('compresses a large list for those who accept it', async () => {
    const item = { object: {}, json: Buffer.from(JSON.stringify({ data: 'x'.repeat(1_000) })) };
    const items = Array.from({ length: 300 }, () => item);
    const list = { type: 'list' as const, kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
    const port = await serve(async () => ({ status: 200, headers: {}, body: list }));
    const plain = await ask(port);
    const packed = await ask(port, { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true);
    expect(json(plain).items).toHaveLength(300);
  });

  it.each([
    ['GET', true],
    ['HEAD', false],
  ])('tells the length of a list that it sends as it is: %s', async (method, hasBody) => {
    const item = { object: {}, json: Buffer.from(JSON.stringify({ data: 'é'.repeat(1_000) })) };
    const items = Array.from({ length: 500 }, () => item);
    const list = { type: 'list' as const, kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
    const port = await serve(async () => ({ status: 200, headers: {}, body: list }));
    const { headers, bytes } = await ask(port, { method });
    const text = `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[`;
    const whole = `${text}${items.map(({ json }) => json).join(',')}]}\n`;
    expect(headers['content-length']).toBe(String(Buffer.byteLength(whole)));
    expect(bytes.toString()).toBe(hasBody ? whole : '');
  });

  it.each([
    ['short', 10, undefined],
    ['long', 2_000, undefined],
    ['long, compressed', 2_000, 'gzip'],
  ])('writes the rows of a table as they are made: %s', async (_name, count, encoding) => {
    const text = JSON.stringify({ cells: ['x'.repeat(500)], object: null });
    const row = { object: {}, json: Buffer.from(text) };
    const rows = Array.from({ length: count }, () => row);
    const table = { type: 'table' as const, head: { kind: 'Table', metadata: {} }, rows };
    const port = await serve(async () => ({ status: 200, headers: {}, body: table }));
    const headers = encoding === undefined ? {} : { 'accept-encoding': encoding };
    const answer = await ask(port, { headers });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers['content-length'] !== undefined).toBe(count === 10);
    const bytes = encoding === undefined ? answer.bytes : gunzipSync(answer.bytes);
    const whole = `{"kind":"Table","metadata":{},"rows":[${rows.map(() => text).join(',')}]}\n`;
    expect(bytes.toString() === whole).toBe(true);
    expect((await ask(port, { method: 'HEAD' })).bytes).toHaveLength(0);
  });

  it.each(['HTTP/1.1', 'h2'])('sends a long list whole to a slow reader: %s', async (protocol) => {
    const items = Array.from({ length: 20_000 }, (_, index) => {
      const text = JSON.stringify({ name: `pod-${index}`, data: 'x'.repeat(200 + (index % 97)) });
      return { object: {}, json: Buffer.from(text) };
    });
    const list = { type: 'list' as const, kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
    const port = await serve(async () => ({ status: 200, headers: {}, body: list }));
    const { reader, close } = await openReader(protocol, port);
    // What fits between reader and writer is on its way, the rest waits for the reader.
    await once(reader, 'readable');
    const chunks: Buffer[] = [];
    for await (const chunk of reader) chunks.push(chunk as Buffer);
    close();
    const text = `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[`;
    const whole = `${text}${items.map(({ json }) => json).join(',')}]}\n`;
    expect(Buffer.concat(chunks).toString() === whole).toBe(true);
  });

  it('lets go of a long list when its reader goes', async () => {
    const json = Buffer.from(JSON.stringify({ data: 'x'.repeat(1_000) }));
    let asked = 0;
    const items = Array.from({ length: 50_000 }, () => ({
      object: {},
      get json() {
        asked++;
        return json;
      },
    }));
    const list = { type: 'list' as const, kind: 'PodList', apiVersion: 'v1', metadata: {}, items };
    const port = await serve(async () => ({ status: 200, headers: {}, body: list }));
    const { reader } = await openReader('HTTP/1.1', port);
    await once(reader, 'readable');
    reader.destroy();
    // All requests have ended by then; each item was asked for its length, few for their bytes.
    await server?.close();
    expect(asked).toBeLessThan(2 * items.length);
  });

  it('speaks h2', async () => {
    const port = await serve(echo);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificates.ca });
    const stream = session.request({ ':method': 'POST', ':path': '/version?x=1' });
    stream.end('{}');
    let text = '';
    for await (const chunk of stream) text += chunk;
    session.close();
    expect(JSON.parse(text)).toMatchObject({ method: 'POST', path: '/version', body: 2 });
  });

  it('sends the frames of a watch as they come, and lets go of it with the client', async () => {
    const frames: WatchFrame[] = [];
    let closed: () => void = () => {};
    const whenClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const watch = {
      type: 'watch' as const,
      take: (max: number) => frames.splice(0, max),
      ended: false,
      onReady: null as (() => void) | null,
      close: () => closed(),
    };
    const port = await serve(async () => ({ status: 200, headers: {}, body: watch }));
    const outgoing = request({ host: '127.0.0.1', port, ca: certificates.ca, agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const line = Buffer.from('{"type":"ADDED"}\n');
    frames.push({ type: 'ADDED', object: {}, lineParts: [line], lineBytes: line.length });
    watch.onReady?.();
    const [chunk] = (await once(response, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('{"type":"ADDED"}\n');
    outgoing.destroy();
    await whenClosed;
    expect(watch.onReady).toBeNull();
  });
});
