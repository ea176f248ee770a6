import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import type { CommandBody, ForwardBody } from '../../apiserver/handler.ts';
import { type ByteConnection, type ProcessStreams, pipeBytes } from '../../base/byte-streams.ts';
import { TUNNEL } from './protocols.ts';
import { SpdySession } from './spdy-session.ts';
import { SocketTransport } from './transport.ts';
import { serveUpgrade } from './upgrade.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

const EXIT_3 = { status: 'Failure', message: 'ended with 3' };
const open: { close(): void }[] = [];

afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function serve(body: CommandBody | ForwardBody): Promise<number> {
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.push({ close: () => socket.destroy() });
    void serveUpgrade({ request, socket, head }, body).then((refusal) => {
      if (refusal === null) return;
      const { status, message } = refusal;
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: ${message.length}\r\n\r\n${message}`);
    });
  });
  server.listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A command that says what it gets, on both outputs, and ends with the code 3. */
function shout(run?: (streams: ProcessStreams) => Promise<void>): CommandBody {
  return {
    type: 'command',
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
    refused: '',
    async run(streams) {
      if (run !== undefined) await run(streams);
      else {
        streams.stderr?.write(Buffer.from('listening'));
        await pipeBytes(streams.stdin!, streams.stdout!);
      }
      return EXIT_3;
    },
    close() {},
  };
}

function forward(ports: readonly number[] = []): ForwardBody {
  const connect = async (port: number, connection: ByteConnection) => {
    if (port === 81) return 'connection refused';
    await pipeBytes(connection.incoming, connection);
    return '';
  };
  return { type: 'forward', ports, refused: '', connect, close() {} };
}

function webSocket(port: number, protocol: string): WebSocket {
  const url = `ws://127.0.0.1:${port}/exec`;
  const socket = protocol === '' ? new WebSocket(url) : new WebSocket(url, protocol);
  open.push({ close: () => socket.terminate() });
  return socket;
}

/** What has come on each channel, in hexadecimal, once the socket has closed. */
async function channelsOf(socket: WebSocket, isBase64 = false): Promise<Record<number, string>> {
  const channels: Record<number, string> = {};
  socket.on('message', (data: Buffer) => {
    const channel = isBase64 ? Number(String.fromCharCode(data[0]!)) : data[0]!;
    const bytes = isBase64 ? Buffer.from(data.toString().slice(1), 'base64') : data.subarray(1);
    channels[channel] = (channels[channel] ?? '') + bytes.toString();
  });
  await once(socket, 'close');
  return channels;
}

async function spdy(port: number, headers: RequestOptions['headers']): Promise<SpdySession> {
  const call = request({ port, method: 'POST', headers: { connection: 'Upgrade', ...headers } });
  call.end();
  const [, socket, head] = (await once(call, 'upgrade')) as [unknown, Duplex, Buffer];
  const transport = new SocketTransport(socket, head);
  return new SpdySession(transport, { role: 'client', accept: () => {} });
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const bytes of source) text += Buffer.from(bytes).toString();
  return text;
}

describe('a command over a WebSocket', () => {
  const status = JSON.stringify(EXIT_3);
  it.each([
    ['v5.channel.k8s.io', status],
    ['v4.channel.k8s.io', status],
    ['channel.k8s.io', EXIT_3.message],
    ['', EXIT_3.message],
  ])('gets input and gives output and status by %s', async (protocol, expected) => {
    const limited = shout(async (streams) => {
      for await (const bytes of streams.stdin!) {
        await streams.stdout!.write(bytes);
        if (bytes.includes(10)) return;
      }
    });
    const socket = webSocket(await serve(limited), protocol);
    const channels = channelsOf(socket);
    await once(socket, 'open');
    expect(socket.protocol).toBe(protocol);
    socket.send(Buffer.from('\0hello\n'));
    expect(await channels).toEqual({ 1: 'hello\n', 3: expected });
  });

  it('is spoken to in base64 by those who ask for it', async () => {
    const limited = shout(async ({ stdin, stdout }) => {
      for await (const bytes of stdin!) return void (await stdout!.write(bytes));
    });
    const socket = webSocket(await serve(limited), 'v4.base64.channel.k8s.io');
    const channels = channelsOf(socket, true);
    await once(socket, 'open');
    socket.send(`0${Buffer.from([104, 105]).toString('base64')}`);
    expect(await channels).toEqual({ 1: 'hi', 3: status });
  });

  it('learns of the end of its input in v5', async () => {
    const socket = webSocket(await serve(shout()), 'v5.channel.k8s.io');
    const channels = channelsOf(socket);
    await once(socket, 'open');
    socket.send(Buffer.from('\0bytes'));
    socket.send(Buffer.of(255, 0));
    expect(await channels).toEqual({ 1: 'bytes', 2: 'listening', 3: status });
  });

  it('learns that its client has gone', async () => {
    let heard = () => {};
    const gone = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const body = shout(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      heard();
    });
    const socket = webSocket(await serve(body), 'v5.channel.k8s.io');
    await once(socket, 'open');
    socket.terminate();
    await gone;
  });

  it('reads its input to the end when v4 can end it but by a goodbye, and has time after', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    open.push({ close: () => vi.useRealTimers() });
    const seen: string[] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const body = shout(async ({ stdin, signal }) => {
      signal.addEventListener('abort', () => {
        seen.push('gone');
        finish();
      });
      seen.push(await textOf(stdin!));
      vi.advanceTimersByTime(9_999);
      seen.push('still there');
      vi.advanceTimersByTime(1);
    });
    const socket = webSocket(await serve(body), 'v4.channel.k8s.io');
    await once(socket, 'open');
    socket.send(Buffer.from('\0all of it'));
    socket.close();
    await finished;
    expect(seen).toEqual(['all of it', 'still there', 'gone']);
  });

  it('is told that the connection lives while its input is not read', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    open.push({ close: () => vi.useRealTimers() });
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    let length = 0;
    const slow = shout(async ({ stdin }) => {
      await reading;
      for await (const bytes of stdin!) length += bytes.length;
    });
    const socket = webSocket(await serve(slow), 'v5.channel.k8s.io');
    await once(socket, 'open');
    const channels = channelsOf(socket);
    socket.send(Buffer.alloc(300_001));
    socket.send(Buffer.of(255, 0));
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
    for (let pings = 0; pings < 3; pings++) {
      const told = once(socket, 'pong');
      vi.advanceTimersByTime(10_000);
      await told;
    }
    read();
    expect(await channels).toEqual({ 3: status });
    expect([length, vi.getTimerCount()]).toEqual([300_000, 0]);
  });

  it.each([
    ['a refusal', 'v5.channel.k8s.io', 'gone', 500, 'gone'],
    ['an unknown protocol', 'v9.channel.k8s.io', '', 403, 'unable to negotiate protocol'],
  ])('gets a plain answer for %s', async (_name, protocol, refused, code, text) => {
    const socket = webSocket(await serve({ ...shout(), refused }), protocol);
    socket.on('error', () => {});
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([answer.statusCode, await textOf(answer)]).toEqual([
      code,
      expect.stringContaining(text),
    ]);
  });
});

describe('a command over SPDY', () => {
  it('gets input and gives output and status', async () => {
    const headers = {
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'v4.channel.k8s.io, v3.channel.k8s.io',
    };
    const session = await spdy(await serve(shout()), headers);
    const [error, stdin, stdout, stderr] = ['error', 'stdin', 'stdout', 'stderr'].map(
      (streamtype) => session.open({ streamtype }),
    );
    stdin!.write(Buffer.from('hello'));
    stdin!.end();
    const texts = [stdout, stderr, error].map((stream) => textOf(stream!.incoming));
    expect(await Promise.all(texts)).toEqual(['hello', 'listening', JSON.stringify(EXIT_3)]);
  });
});

describe('a tunnel to ports', () => {
  const ask = (session: SpdySession, id: string, port: string) => {
    const headers = { requestid: id, port };
    const error = session.open({ ...headers, streamtype: 'error' });
    error.end();
    return { error, data: session.open({ ...headers, streamtype: 'data' }) };
  };

  async function exchange(session: SpdySession): Promise<void> {
    const [first, refused, reset] = [
      ask(session, '0', '80'),
      ask(session, '1', '81'),
      ask(session, '2', '80'),
    ];
    reset.data.reset();
    expect(await textOf(refused.error.incoming)).toBe('connection refused');
    first.data.write(Buffer.from('still there'));
    first.data.end();
    expect(await textOf(first.data.incoming)).toBe('still there');
    expect(await textOf(first.error.incoming)).toBe('');
    session.close();
  }

  it('carries connections over SPDY, each with its own end', async () => {
    const headers = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'portforward.k8s.io' };
    await exchange(await spdy(await serve(forward()), headers));
  });

  it('tells that all is well as soon as the pod has ended', async () => {
    const connect = async (_port: number, connection: ByteConnection) => {
      connection.write(Buffer.from('bye'));
      connection.end();
      // The last bytes of its client would be waited for.
      await new Promise<void>((resolve) =>
        connection.signal.addEventListener('abort', () => resolve()),
      );
      return '';
    };
    const headers = { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'portforward.k8s.io' };
    const session = await spdy(await serve({ ...forward(), connect }), headers);
    const { data, error } = ask(session, '0', '80');
    expect(await Promise.all([data, error].map(({ incoming }) => textOf(incoming)))).toEqual([
      'bye',
      '',
    ]);
    session.close();
  });

  async function tunnelOf(port: number): Promise<{ session: SpdySession; raw: Duplex }> {
    const call = request({
      port,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.alloc(16).toString('base64'),
        'sec-websocket-protocol': TUNNEL,
      },
    });
    call.end();
    const [answer, raw, head] = (await once(call, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
    expect(answer.headers['sec-websocket-protocol']).toBe(TUNNEL);
    // The library's client would refuse the protocol's name.
    const Bare = WebSocket as unknown as new (url: null, protocols: [], options: object) => Bare;
    type Bare = WebSocket & { setSocket(socket: Duplex, head: Buffer, options: object): void };
    const tunnel = Object.assign(new Bare(null, [], { autoPong: true }), { _isServer: false });
    tunnel.setSocket(raw, head, { maxPayload: 1e6, skipUTF8Validation: true });
    const options = { role: 'client', accept: () => {} } as const;
    return { session: new SpdySession(new WebSocketTransport(tunnel), options), raw };
  }

  it('does so within a WebSocket', async () => {
    const { session } = await tunnelOf(await serve(forward()));
    await exchange(session);
  });

  it('within a WebSocket learns that its client has gone also while the pod does not read', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    open.push({ close: () => vi.useRealTimers() });
    let isGone = false;
    const connect = async (_port: number, { signal }: ByteConnection) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      isGone = true;
      return '';
    };
    const { session, raw } = await tunnelOf(await serve({ ...forward(), connect }));
    ask(session, '0', '80').data.write(Buffer.alloc(300_000));
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
    raw.destroy();
    while (!isGone) {
      vi.advanceTimersByTime(10_000);
      await new Promise(setImmediate);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it('serves the ports that the request names to clients of numbered channels', async () => {
    const socket = webSocket(await serve(forward([80, 81])), 'v4.channel.k8s.io');
    const seen: string[] = [];
    socket.on('message', (data: Buffer) => seen.push(data.toString('latin1')));
    await once(socket, 'open');
    socket.send(Buffer.from('\0hello'));
    while (!seen.includes('\0hello')) await once(socket, 'message');
    expect(seen.sort()).toEqual([
      '\0P\0',
      '\0hello',
      '\u0001P\0',
      '\u0002Q\0',
      '\u0003Q\0',
      '\u0003connection refused',
    ]);
  });
});
