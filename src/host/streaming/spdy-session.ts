import type { ByteConnection } from '../../base/byte-streams.ts';
import { ItemQueue } from '../../base/item-queue.ts';
import {
  CONTROL,
  controlFrame,
  DATA_BYTES_MAX,
  dataFrame,
  FIN,
  FrameReader,
  RESET,
  words,
} from './spdy-frames.ts';
import { HeaderPacker, HeaderUnpacker, type SpdyHeaders } from './spdy-headers.ts';
import type { Transport } from './transport.ts';

/** Streams of one connection that are open at a time; a further one is refused. */
const STREAMS_MAX = 2_000;
/** Bytes that wait for the reader of one stream before the whole connection is paused. */
const BACKLOG_BYTES_MAX = 256 * 1024;

/** What a session needs to know of its owner. */
export interface SpdySessionOptions {
  /** The client names its streams with odd numbers, the server with even ones. */
  readonly role: 'client' | 'server';
  /** A stream that the other side opened. */
  accept(stream: SpdyStream): void;
}

/**
 * Streams over one connection, by SPDY/3.1 as Kubernetes uses it. Go's library does without
 * windows, so do we: a stream that nobody reads pauses the connection, as it does there.
 */
export class SpdySession {
  readonly #transport: Transport;
  readonly #options: SpdySessionOptions;
  readonly #packer = new HeaderPacker();
  readonly #unpacker = new HeaderUnpacker();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #closed = new AbortController();
  #full = 0;
  #lastAccepted = 0;
  #nextId = 1;

  constructor(transport: Transport, options: SpdySessionOptions) {
    this.#transport = transport;
    this.#options = options;
    const reader = new FrameReader({
      data: (id, bytes, isLast) => this.#takeData(id, bytes, isLast),
      control: (type, flags, body) => this.#takeControl(type, flags, body),
    });
    const receive = (bytes: Buffer) => {
      try {
        reader.read(bytes);
      } catch {
        // Whoever does not speak SPDY is not worth an answer.
        this.#transport.destroy();
      }
    };
    transport.open(receive, () => this.#over());
  }

  /** Aborts when the connection is over. */
  get signal(): AbortSignal {
    return this.#closed.signal;
  }

  /** Opens a stream to the other side, which answers in its own time. */
  open(headers: SpdyHeaders): SpdyStream {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = this.#newStream(id, headers);
    const block = this.#packer.pack(headers);
    const start = Buffer.concat([words(id, 0), Buffer.alloc(2)]);
    this.#transport.write(controlFrame(CONTROL.synStream, 0, start, block));
    return stream;
  }

  /** Ends the connection once everything is written. */
  close(): void {
    this.#transport.write(controlFrame(CONTROL.goAway, 0, words(this.#lastAccepted, 0)));
    this.#transport.end();
  }

  #newStream(id: number, headers: SpdyHeaders): SpdyStream {
    const stream = new SpdyStream(headers, {
      write: (bytes, isLast) => this.#transport.write(dataFrame(id, bytes, isLast)),
      reply: () => {
        const block = this.#packer.pack({});
        this.#transport.write(controlFrame(CONTROL.synReply, 0, words(id), block));
      },
      reset: () => this.#reset(id, RESET.cancel),
      press: (isFull) => this.#press(isFull),
      over: () => this.#streams.delete(id),
    });
    this.#streams.set(id, stream);
    return stream;
  }

  #takeData(id: number, bytes: Buffer, isLast: boolean): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      if (bytes.length > 0) this.#reset(id, RESET.invalidStream);
      return;
    }
    stream.receive(bytes, isLast);
  }

  #takeControl(type: number, flags: number, body: Buffer): void {
    const id = body.length >= 4 ? body.readUInt32BE(0) & 0x7fffffff : 0;
    if (type === CONTROL.synStream) this.#accept(id, (flags & FIN) !== 0, body.subarray(10));
    else if (type === CONTROL.synReply) {
      // Headers are one stream over all frames: each must be unpacked, wanted or not.
      this.#unpacker.unpack(body.subarray(4));
      if ((flags & FIN) !== 0) this.#streams.get(id)?.receive(body.subarray(0, 0), true);
    } else if (type === CONTROL.headers) this.#unpacker.unpack(body.subarray(4));
    else if (type === CONTROL.rstStream) this.#streams.get(id)?.receiveReset();
    else if (type === CONTROL.ping) this.#takePing(body);
  }

  #accept(id: number, isLast: boolean, block: Buffer): void {
    const headers = this.#unpacker.unpack(block);
    const isTheirs = id % 2 === (this.#options.role === 'server' ? 1 : 0);
    if (!isTheirs || id <= this.#lastAccepted) {
      this.#reset(id, RESET.protocolError);
      return;
    }
    this.#lastAccepted = id;
    if (this.#streams.size >= STREAMS_MAX) {
      this.#reset(id, RESET.refused);
      return;
    }
    const stream = this.#newStream(id, headers);
    this.#options.accept(stream);
    if (isLast) stream.receive(Buffer.alloc(0), true);
  }

  /** A ping is sent back as it came; what answers one of ours does not exist. */
  #takePing(body: Buffer): void {
    this.#transport.write(controlFrame(CONTROL.ping, 0, Buffer.from(body)));
  }

  #reset(id: number, status: number): void {
    this.#transport.write(controlFrame(CONTROL.rstStream, 0, words(id, status)));
  }

  #press(isFull: boolean): void {
    this.#full += isFull ? 1 : -1;
    if (isFull && this.#full === 1) this.#transport.pause();
    if (!isFull && this.#full === 0) this.#transport.resume();
  }

  #over(): void {
    for (const stream of [...this.#streams.values()]) stream.receiveReset();
    this.#closed.abort();
  }
}

/** What a stream asks of its session. */
interface StreamLink {
  write(bytes: Uint8Array, isLast: boolean): void | Promise<void>;
  reply(): void;
  reset(): void;
  press(isFull: boolean): void;
  /** Both sides have ended. */
  over(): void;
}

const NOTHING = Buffer.alloc(0);

/** One stream of a {@link SpdySession}. */
export class SpdyStream implements ByteConnection {
  readonly headers: SpdyHeaders;
  readonly #link: StreamLink;
  readonly #incoming: ItemQueue<Uint8Array>;
  readonly #gone = new AbortController();
  #isReceived = false;
  #isSent = false;

  constructor(headers: SpdyHeaders, link: StreamLink) {
    this.headers = headers;
    this.#link = link;
    this.#incoming = new ItemQueue<Uint8Array>({
      sizeMax: BACKLOG_BYTES_MAX,
      sizeOf: (bytes) => bytes.length,
      pressed: (isFull) => link.press(isFull),
    });
  }

  get incoming(): AsyncIterable<Uint8Array> {
    return this.#incoming;
  }

  /** Aborts when the stream is reset or its connection is over. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Tells the other side that its stream is accepted. */
  reply(): void {
    this.#link.reply();
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isSent || bytes.length === 0) return;
    let taken: Promise<void> | undefined | void;
    for (let at = 0; at < bytes.length; at += DATA_BYTES_MAX) {
      taken = this.#link.write(bytes.subarray(at, at + DATA_BYTES_MAX), false);
    }
    return taken;
  }

  end(): void {
    if (this.#isSent) return;
    this.#isSent = true;
    this.#link.write(NOTHING, true);
    this.#checkOver();
  }

  /** Ends both directions at once. */
  reset(): void {
    if (this.#isSent && this.#isReceived) return;
    this.#link.reset();
    this.receiveReset();
  }

  /** Nobody reads this stream: what comes is dropped. */
  ignore(): void {
    this.#incoming.drop();
  }

  /** The session's: bytes that came for this stream. */
  receive(bytes: Buffer, isLast: boolean): void {
    if (this.#isReceived) return;
    if (bytes.length > 0) this.#incoming.push(bytes);
    if (!isLast) return;
    this.#isReceived = true;
    this.#incoming.end();
    this.#checkOver();
  }

  /**
   * The session's: the other side has given the stream up. What came before is still read: Go's
   * servers end streams that way, too.
   */
  receiveReset(): void {
    this.#isReceived = true;
    this.#isSent = true;
    this.#incoming.end();
    this.#gone.abort();
    this.#link.over();
  }

  #checkOver(): void {
    if (this.#isReceived && this.#isSent) this.#link.over();
  }
}
