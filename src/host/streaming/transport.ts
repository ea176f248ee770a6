import type { Duplex } from 'node:stream';

/** After its last byte a connection waits this long for the other side to close. */
export const LINGER_MS = 5_000;
/** No traffic for this long ends a connection: upstream's streamingConnectionIdleTimeout. */
export const IDLE_MS_MAX = 4 * 3600 * 1000;
/** How soon a peer that has vanished without a word is noticed. */
const KEEP_ALIVE_MS = 30_000;

/** A connection that carries bytes both ways, whatever is below it. */
export interface Transport {
  /** A promise asks its caller to wait before it gives more. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Begins to read; called once. `closed` is called once, when the connection is over. */
  open(receive: (bytes: Buffer) => void, closed: () => void): void;
  /** Stops and goes on reading. */
  pause(): void;
  resume(): void;
  /** Closes once everything is written; what still comes is dropped. */
  end(): void;
  destroy(): void;
}

/** The socket of a connection that has been upgraded. */
export interface UpgradedSocket extends Duplex {
  setKeepAlive?(enable: boolean, initialDelayMs: number): unknown;
  setNoDelay?(noDelay: boolean): unknown;
  setTimeout?(timeoutMs: number, listener: () => void): unknown;
}

/** Makes a socket fit for a connection that may be quiet for long, but not for ever. */
export function prepareSocket(socket: UpgradedSocket): void {
  socket.setNoDelay?.(true);
  socket.setKeepAlive?.(true, KEEP_ALIVE_MS);
  socket.setTimeout?.(IDLE_MS_MAX, () => socket.destroy());
}

/**
 * A {@link Transport} over a socket.
 *
 * @param head bytes that came with the upgrade
 */
export class SocketTransport implements Transport {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  #drained: Promise<void> | null = null;
  #linger: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.#head = head;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#isEnding || this.#socket.destroyed) return;
    if (this.#socket.write(bytes)) return;
    this.#drained ??= new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        this.#drained = null;
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
    return this.#drained;
  }

  open(receive: (bytes: Buffer) => void, closed: () => void): void {
    const socket = this.#socket;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      if (this.#linger !== null) clearTimeout(this.#linger);
      closed();
    });
    // A client that sends no more has closed: neither protocol knows connections half open.
    socket.once('end', () => socket.destroy());
    if (this.#head.length > 0) receive(this.#head);
    socket.on('data', (bytes: Buffer) => {
      if (!this.#isEnding) receive(bytes);
    });
    if (socket.destroyed) closed();
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
    this.#socket.end();
    // Reading on: a socket closed with bytes unread may take back what was written last.
    this.#socket.resume();
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
