import type WebSocket from 'ws';
import type { ByteSink } from '../../base/byte-streams.ts';

/** What may wait to be sent before writers are asked to wait. */
const SEND_BYTES_MAX = 1024 * 1024;
/** In v5, a message on this channel says that another has ended. */
const CLOSE_CHANNEL = 255;
const NORMAL_CLOSURE = 1000;
/** While nothing is read: kubectl gives a connection up that answers no ping for a minute. */
const PONG_MS = 10_000;
/** After its last message a connection waits this long for the other side to close. */
const LINGER_MS = 5_000;

export interface ChannelListener {
  receive(channel: number, bytes: Buffer): void;
  /** The client sends no more on this channel. */
  ended(channel: number): void;
  closed(): void;
}

/** The numbered channels of one WebSocket: the first byte of each message is its channel. */
export class WebSocketChannels {
  readonly #socket: WebSocket;
  readonly #isBase64: boolean;
  #waiting: (() => void)[] = [];
  #linger: NodeJS.Timeout | null = null;
  #pongs: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(socket: WebSocket, isBase64: boolean) {
    this.#socket = socket;
    this.#isBase64 = isBase64;
  }

  open(listener: ChannelListener): void {
    const socket = this.#socket;
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      if (this.#linger !== null) clearTimeout(this.#linger);
      this.#stopPongs();
      this.#wake();
      listener.closed();
    });
    socket.on('message', (data: Buffer) => {
      if (!this.#isEnding && data.length > 0) this.#take(data, listener);
    });
    socket.resume();
  }

  /** Where the bytes of one channel go. */
  sink(channel: number): ByteSink {
    return {
      write: (bytes) => this.#send(channel, bytes),
      // Ends of single channels are not told to clients: the connection's end says it.
      end() {},
    };
  }

  /** An empty message by which upstream tells that the channels are there. */
  greet(channel: number): void {
    void this.#send(channel, new Uint8Array());
  }

  /**
   * Stops and goes on reading. Pings wait behind what is not read; so pongs go meanwhile without
   * having been asked for (RFC 6455, 5.5.3): the connection is slow, not dead.
   */
  pause(isPaused: boolean): void {
    const socket = this.#socket;
    if (!isPaused) {
      this.#stopPongs();
      socket.resume();
    } else if (!this.#isEnding && socket.readyState === socket.OPEN) {
      socket.pause();
      this.#pongs ??= setInterval(() => {
        if (socket.bufferedAmount <= SEND_BYTES_MAX) socket.pong();
      }, PONG_MS);
    }
  }

  /** Closes once everything is sent. */
  close(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#stopPongs();
    this.#socket.resume();
    this.#socket.close(NORMAL_CLOSURE);
    this.#linger = setTimeout(() => this.#socket.terminate(), LINGER_MS);
  }

  #take(data: Buffer, listener: ChannelListener): void {
    if (this.#isBase64) {
      const channel = data[0]! - 0x30;
      listener.receive(channel, Buffer.from(data.toString('latin1', 1), 'base64'));
      return;
    }
    const channel = data[0]!;
    if (channel === CLOSE_CHANNEL) {
      if (data.length > 1) listener.ended(data[1]!);
    } else listener.receive(channel, data.subarray(1));
  }

  #send(channel: number, bytes: Uint8Array): void | Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN || this.#isEnding) return;
    const message = this.#isBase64
      ? `${channel}${Buffer.from(bytes).toString('base64')}`
      : Buffer.concat([Buffer.of(channel), bytes]);
    socket.send(message, () => {
      if (socket.bufferedAmount <= SEND_BYTES_MAX / 2) this.#wake();
    });
    if (socket.bufferedAmount <= SEND_BYTES_MAX) return;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #stopPongs(): void {
    if (this.#pongs !== null) clearInterval(this.#pongs);
    this.#pongs = null;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
