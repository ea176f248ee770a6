import type WebSocket from 'ws';
import type { Transport } from './transport.ts';

const SEND_BYTES_MAX = 1024 * 1024;
const NORMAL_CLOSURE = 1000;
const LINGER_MS = 5_000;

/** A {@link Transport} within the binary messages of a WebSocket. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  #drained: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #linger: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN || this.#isEnding) return;
    socket.send(bytes, { binary: true }, () => {
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
