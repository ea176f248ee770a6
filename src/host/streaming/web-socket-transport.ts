import type WebSocket from 'ws';
import { LINGER_MS, type Transport } from './transport.ts';

/** What may wait to be sent before writers are asked to wait. */
const SEND_BYTES_MAX = 1024 * 1024;
const NORMAL_CLOSURE = 1000;

/** A {@link Transport} within the messages of a WebSocket. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  #drained: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #linger: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Whether what is written still goes to the client. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && !this.#isEnding;
  }

  /** Bytes go as a binary message, a string as one of text. */
  write(message: Uint8Array | string): void | Promise<void> {
    const socket = this.#socket;
    if (!this.isOpen) return;
    socket.send(message, () => {
      if (socket.bufferedAmount <= SEND_BYTES_MAX / 2) this.#wake?.();
    });
    if (socket.bufferedAmount <= SEND_BYTES_MAX) return;
    this.#drained ??= new Promise((resolve) => {
      this.#wake = () => {
        this.#drained = null;
        this.#wake = null;
        resolve();
      };
    });
    return this.#drained;
  }

  open(receive: (bytes: Buffer) => void, closed: () => void): void {
    const socket = this.#socket;
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      if (this.#linger !== null) clearTimeout(this.#linger);
      this.#wake?.();
      closed();
    });
    socket.on('message', (data: Buffer) => {
      if (!this.#isEnding) receive(data);
    });
    socket.resume();
  }

  /** Tells the client, unasked, that the connection lives; not while much waits to be sent. */
  pong(): void {
    if (this.isOpen && this.#socket.bufferedAmount <= SEND_BYTES_MAX) this.#socket.pong();
  }

  pause(): void {
    if (!this.#isEnding) this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#socket.resume();
    this.#socket.close(NORMAL_CLOSURE);
    this.#linger = setTimeout(() => this.#socket.terminate(), LINGER_MS);
  }

  destroy(): void {
    this.#socket.terminate();
  }
}
