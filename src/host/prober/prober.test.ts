import { once } from 'node:events';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2 } from 'node:http2';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { HttpProbe } from '../../kubelet/edges.ts';
import { goDuration } from './go-error.ts';
import { hostProber } from './host-prober.ts';

const prober = hostProber('1.34');
const never = new AbortController().signal;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Listens on a free port of the loopback until the test ends. */
async function listen(server: Server | NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createHttp(listener));
const accept = (handle: (socket: Socket) => void) => listen(createServer(handle));

function get(port: number, more: Partial<HttpProbe> = {}, timeoutMs = 5000) {
  const probe = {
    scheme: 'HTTP',
    host: '127.0.0.1',
    port,
    path: '/',
    headers: [],
    ...more,
  } as const;
  return prober.http(probe, timeoutMs, never);
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

describe('http', () => {
  const statuses: [number, string, string][] = [
    [200, 'success', 'body'],
    [204, 'success', ''],
    [304, 'warning', 'Probe terminated redirects, Response body: '],
    [399, 'warning', 'Probe terminated redirects, Response body: body'],
    [400, 'failure', 'HTTP probe failed with statuscode: 400'],
    [503, 'failure', 'HTTP probe failed with statuscode: 503'],
  ];
  it.each(statuses)('answers of status %i', async (status, result, output) => {
    const port = await serve((_, response) => response.writeHead(status).end('body'));
    expect(await get(port)).toEqual({ result, output, status });
  });

  it('sends the headers of upstream', async () => {
    const port = await serve((request, response) => response.end(request.rawHeaders.join('|')));
    const { output } = await get(port, { headers: [{ name: 'X-A', value: 'b' }] });
    expect(output).toBe(
      `Host|127.0.0.1:${port}|X-A|b|User-Agent|kube-probe/1.34|Accept|*/*|Connection|close`,
    );
  });

  it('lets headers replace Host, User-Agent and Accept', async () => {
    const port = await serve((request, response) => response.end(request.rawHeaders.join('|')));
    const headers = [
      { name: 'Host', value: 'example.com' },
      { name: 'User-Agent', value: 'me' },
      { name: 'Accept', value: '' },
    ];
    expect((await get(port, { headers })).output).toBe(
      'Host|example.com|User-Agent|me|Connection|close',
    );
  });

  it('sends headers as UTF-8, and takes answers of HTTP/1.0', async () => {
    const port = await accept((socket) => {
      socket.once('data', (request) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${request}`));
    });
    const headers = [{ name: 'X-A', value: 'gr\u00fcn \u2713' }];
    expect((await get(port, { headers })).output).toContain('\r\nX-A: gr\u00fcn \u2713\r\n');
  });

  it('waits for what follows informational answers', async () => {
    const port = await accept((socket) =>
      socket.end('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhere'),
    );
    expect(await get(port)).toEqual({ result: 'success', output: 'here', status: 200 });
  });

  it('learns nothing from a body that breaks off', async () => {
    const port = await accept((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart'),
    );
    expect(await get(port)).toEqual({ result: 'error', output: 'unexpected EOF' });
  });

  it('keeps 10 KiB of a body', async () => {
    const port = await serve((_, response) => response.end('x'.repeat(100_000)));
    expect((await get(port)).output).toBe('x'.repeat(10 * 1024));
  });

  it('follows redirects on the same host', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/end?a=b') response.end('here');
      else response.writeHead(302, { location: '/end?a=b' }).end();
    });
    expect(await get(port)).toEqual({ result: 'success', output: 'here', status: 200 });
  });

  it('passes with a warning on a redirect to another host', async () => {
    const location = 'http://localhost:1/';
    const port = await serve((_, response) => response.writeHead(301, { location }).end('moved'));
    expect(await get(port)).toEqual({
      result: 'warning',
      output: 'Probe terminated redirects, Response body: moved',
      status: 301,
    });
  });

  it('stops after ten redirects', async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      response.writeHead(302, { location: `/${++requests}` }).end();
    });
    expect(await get(port)).toEqual({
      result: 'failure',
      output: `Get "http://127.0.0.1:${port}/10": stopped after 10 redirects`,
    });
    expect(requests).toBe(10);
  });

  const broken: [string, (socket: Socket) => void, Partial<HttpProbe>, RegExp][] = [
    ['an early end', (socket) => socket.end(), {}, /^Get "http:\/\/127.0.0.1:\d+\/": EOF$/],
    [
      'a reset',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      {},
      /": read tcp 127.0.0.1:\d+->127.0.0.1:\d+: read: connection reset by peer$/,
    ],
    [
      'no HTTP at all',
      (socket) => socket.end('SSH-2.0-x\r\n'),
      {},
      /": net\/http: HTTP\/1.x transport connection broken: malformed HTTP response "SSH-2.0-x"$/,
    ],
    [
      'TLS for HTTP',
      (socket) => socket.end(Buffer.from('1503010002020a', 'hex')),
      {},
      /": net\/http: .* connection broken: malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"$/,
    ],
    [
      'bytes of no text',
      (socket) => socket.end(Buffer.from('ff22e9', 'hex')),
      {},
      /: malformed HTTP response "\\xff\\"\\xe9"$/,
    ],
    [
      'an early end within TLS',
      (socket) => socket.once('data', () => socket.end()),
      { scheme: 'HTTPS' },
      /^Get "https:\/\/127.0.0.1:\d+\/": EOF$/,
    ],
    [
      'a bad name of a header',
      () => {},
      { headers: [{ name: 'a b', value: '' }] },
      /": net\/http: invalid header field name "a b"$/,
    ],
    [
      'a bad value of a header',
      () => {},
      { headers: [{ name: 'a', value: 'b\r\nc: d' }] },
      /": net\/http: invalid header field value for "a"$/,
    ],
    [
      'HTTP for HTTPS',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      { scheme: 'HTTPS', path: '/x' },
      /^Get "https:\/\/127.0.0.1:\d+\/x": http: server gave HTTP response to HTTPS client$/,
    ],
  ];
  it.each(broken)('fails in the words of Go: %s', async (_, handle, more, text) => {
    const port = await accept((socket) => handle(socket.on('error', () => {})));
    const outcome = await get(port, more);
    expect(outcome.result).toBe('failure');
    expect(outcome.output).toMatch(text);
  });

  it('fails in the words of Go: refused', async () => {
    const port = await freePort();
    expect(await get(port, { path: '/healthz?x=1' })).toEqual({
      result: 'failure',
      output:
        `Get "http://127.0.0.1:${port}/healthz?x=1": ` +
        `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  it('fails in the words of Go: unknown host', async () => {
    const { output } = await get(80, { host: 'nowhere.invalid' });
    expect(output).toMatch(
      /^Get "http:\/\/nowhere.invalid:80\/": dial tcp: lookup nowhere.invalid: /,
    );
  });

  it('fails when no answer comes in time', async () => {
    const port = await accept(() => {});
    expect(await get(port, {}, 30)).toEqual({
      result: 'failure',
      output:
        `Get "http://127.0.0.1:${port}/": ` +
        'context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    });
  });

  it('learns nothing when the body does not come in time', async () => {
    const port = await serve((_, response) => response.write('part'));
    expect(await get(port, {}, 100)).toEqual({
      result: 'error',
      output:
        'context deadline exceeded (Client.Timeout or context cancellation while reading body)',
    });
  });

  it('learns nothing when it is aborted', async () => {
    const abort = new AbortController();
    const port = await accept(() => abort.abort());
    const probe = { scheme: 'HTTP', host: '127.0.0.1', port, path: '/', headers: [] } as const;
    expect(await prober.http(probe, 5000, abort.signal)).toEqual({
      result: 'error',
      output: 'context canceled',
    });
  });
});

describe('tcp', () => {
  it('passes when the port is open', async () => {
    const port = await accept(() => {});
    expect(await prober.tcp('127.0.0.1', port, 1000, never)).toEqual({
      result: 'success',
      output: '',
    });
  });

  it('fails when it is not', async () => {
    const port = await freePort();
    expect(await prober.tcp('127.0.0.1', port, 1000, never)).toEqual({
      result: 'failure',
      output: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });
});

describe('grpc', () => {
  /** A health server that answers with these headers, body and trailers. */
  async function health(status: number | null, grpcStatus = 0, text = ''): Promise<number> {
    const server = createHttp2();
    server.on('session', (session) => closers.push(() => session.destroy()));
    server.on('stream', (stream) => {
      const trailers = { 'grpc-status': String(grpcStatus), 'grpc-message': text };
      stream.on('error', () => {});
      if (status === null) {
        stream.respond({ ':status': 200, ...trailers }, { endStream: true });
        return;
      }
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
    });
    return listen(server as unknown as NetServer);
  }
  const check = (port: number, timeoutMs = 5000) =>
    prober.grpc('127.0.0.1', port, '', timeoutMs, never);

  it('passes when the server serves', async () => {
    expect(await check(await health(1))).toEqual({ result: 'success', output: 'service healthy' });
  });

  const failures: [string, number | null, number, string, string][] = [
    ['not serving', 2, 0, '', 'service unhealthy (responded with "NOT_SERVING")'],
    [
      'no health service',
      null,
      12,
      'unknown service grpc.health.v1.Health',
      'error: this server does not implement the grpc health protocol ' +
        '(grpc.health.v1.Health): unknown service grpc.health.v1.Health',
    ],
    [
      'another error',
      null,
      5,
      'unknown service %25x',
      'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service %x',
    ],
  ];
  it.each(failures)('fails: %s', async (_, status, grpcStatus, text, output) => {
    expect(await check(await health(status, grpcStatus, text))).toEqual({
      result: 'failure',
      output,
    });
  });

  it('fails when nobody listens', async () => {
    const port = await freePort();
    expect(await check(port, 50)).toEqual({
      result: 'failure',
      output:
        `timeout: failed to connect service "127.0.0.1:${port}" within 50ms: ` +
        'context deadline exceeded',
    });
  });

  it('fails when the answer does not come in time', async () => {
    const port = await accept(() => {});
    expect(await check(port, 100)).toEqual({
      result: 'failure',
      output: 'timeout: health rpc did not complete within 100ms',
    });
  });
});

describe('goDuration', () => {
  const cases: [number, string][] = [
    [0, '0s'],
    [250, '250ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [90_000, '1m30s'],
    [3_600_000, '1h0m0s'],
  ];
  it.each(cases)('%i ms', (ms, text) => expect(goDuration(ms)).toBe(text));
});

afterAll(() => {
  expect(closers).toEqual([]);
});
