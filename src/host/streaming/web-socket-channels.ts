import type WebSocket from 'ws';
import type { ByteSink } from '../../base/byte-streams.ts';
import { WebSocketTransport } from './web-socket-transport.ts';

/** In v5, a message on this channel says that another has ended. */
const CLOSE_CHANNEL = 255;
/** While nothing is read: kubectl gives a connection up that answers no ping for a minute. */
const PONG_MS = 10_000;

export interface ChannelListener {
  receive(channel: number, bytes: Buffer): void;
  /** The client sends no more on this channel. */
  ended(channel: number): void;
  closed(): void;
}

/** The numbered channels of one WebSocket: the first byte of each message is its channel. */
export class WebSocketChannels {
  readonly #transport: WebSocketTransport;
  readonly #isBase64: boolean;
  #pongs: NodeJS.Timeout | null = null;

  constructor(socket: WebSocket, isBase64: boolean) {
    this.#transport = new WebSocketTransport(socket);
    this.#isBase64 = isBase64;
  }

  open(listener: ChannelListener): void {
    const take = (data: Buffer) => {
      if (data.length > 0) this.#take(data, listener);
    };
    this.#transport.open(take, () => {
      this.#stopPongs();
      listener.closed();
    });
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
    if (!isPaused) {
      this.#stopPongs();
      this.#transport.resume();
    } else if (this.#transport.isOpen) {
      this.#transport.pause();
      this.#pongs ??= setInterval(() => this.#transport.pong(), PONG_MS);
    }
  }

  /** Closes once everything is sent. */
  close(): void {
    this.#stopPongs();
    this.#transport.end();
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
    const message = this.#isBase64
      ? `${channel}${Buffer.from(bytes).toString('base64')}`
      : Buffer.concat([Buffer.of(channel), bytes]);
    return this.#transport.write(message);
  }

  #stopPongs(): void {
    if (this.#pongs !== null) clearInterval(this.#pongs);
    this.#pongs = null;
  }
}
