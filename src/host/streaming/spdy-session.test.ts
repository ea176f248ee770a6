import { describe, expect, it } from 'vitest';
import { SpdySession, type SpdyStream } from './spdy-session.ts';
import type { Transport } from './transport.ts';

/** One end of a connection in memory; bytes arrive in the same turn. */
class End implements Transport {
  other: End | null = null;
  isPaused = false;
  isClosed = false;
  #receive: (bytes: Buffer) => void = () => {};
  #closed = () => {};
  readonly #waiting: Buffer[] = [];

  write(bytes: Uint8Array): void {
    const { other } = this;
    if (other === null || this.isClosed) return;
    if (other.isPaused) other.#waiting.push(Buffer.from(bytes));
    else other.#receive(Buffer.from(bytes));
  }

  open(receive: (bytes: Buffer) => void, closed: () => void): void {
    this.#receive = receive;
    this.#closed = closed;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const bytes of this.#waiting.splice(0)) this.#receive(bytes);
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    for (const end of [this, this.other]) {
      if (end === null || end.isClosed) continue;
      end.isClosed = true;
      end.#closed();
    }
  }
}

function pair(accept: (stream: SpdyStream) => void) {
  const ends = { client: new End(), server: new End() };
  ends.client.other = ends.server;
  ends.server.other = ends.client;
  const server = new SpdySession(ends.server, { role: 'server', accept });
  const client = new SpdySession(ends.client, { role: 'client', accept: () => {} });
  return { client, server, ends };
}

async function textOf(stream: SpdyStream): Promise<string> {
  let text = '';
  for await (const bytes of stream.incoming) text += Buffer.from(bytes).toString();
  return text;
}

describe('SpdySession', () => {
  it('carries bytes both ways on a stream, each direction ending by itself', async () => {
    const { client } = pair((stream) => {
      stream.reply();
      void textOf(stream).then((text) => {
        stream.write(Buffer.from(`${stream.headers.name} heard ${text}`));
        stream.end();
      });
    });
    const streams = ['a', 'b'].map((name) => client.open({ name }));
    for (const stream of streams) stream.write(Buffer.from('hello'));
    for (const stream of [...streams].reverse()) stream.end();
    expect(await Promise.all(streams.map(textOf))).toEqual(['a heard hello', 'b heard hello']);
  });

  it('splits what is too large for one frame', async () => {
    const received: Promise<string>[] = [];
    const { client } = pair((stream) => received.push(textOf(stream)));
    const stream = client.open({});
    stream.write(Buffer.alloc(300_000, 'x'));
    stream.end();
    expect(await received[0]).toBe('x'.repeat(300_000));
  });

  it('pauses the connection while one stream is not read, and goes on after', async () => {
    const accepted: SpdyStream[] = [];
    const { client, ends } = pair((stream) => accepted.push(stream));
    const stream = client.open({});
    for (let i = 0; i < 6; i++) stream.write(Buffer.alloc(60_000, 'x'));
    stream.end();
    expect(ends.server.isPaused).toBe(true);
    expect((await textOf(accepted[0]!)).length).toBe(360_000);
    expect(ends.server.isPaused).toBe(false);
  });

  it('reads what came before a reset, and tells of the reset', async () => {
    const accepted: SpdyStream[] = [];
    const { client, server } = pair((stream) => accepted.push(stream));
    const stream = client.open({});
    stream.write(Buffer.from('last words'));
    stream.reset();
    expect(accepted[0]!.signal.aborted).toBe(true);
    expect(await textOf(accepted[0]!)).toBe('last words');
    expect(server.signal.aborted).toBe(false);
  });

  it('ends every stream with the connection', async () => {
    const accepted: SpdyStream[] = [];
    const { client, server } = pair((stream) => accepted.push(stream));
    client.open({});
    client.close();
    expect(server.signal.aborted).toBe(true);
    expect(accepted[0]!.signal.aborted).toBe(true);
    expect(await textOf(accepted[0]!)).toBe('');
  });

  it('refuses more streams than it bears', () => {
    let accepted = 0;
    const { client } = pair(() => accepted++);
    const streams = Array.from({ length: 2_001 }, () => client.open({}));
    expect(accepted).toBe(2_000);
    expect(streams.at(-1)!.signal.aborted).toBe(true);
    expect(streams[0]!.signal.aborted).toBe(false);
  });

  it('hangs up on what is no SPDY', () => {
    const { server, ends } = pair(() => {});
    ends.client.write(Buffer.from('GET / HTTP/1.1\r\n\r\n').fill(0x80, 0, 8));
    expect(server.signal.aborted).toBe(true);
  });
});
