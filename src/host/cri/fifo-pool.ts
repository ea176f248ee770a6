import { execFile } from 'node:child_process';
import { close, constants, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Node cannot make a fifo, and starting mkfifo(1) costs 2 ms: so several at a time, used again. */
const BATCH = 8;
const IDLE_MAX = 64;

/** A fifo whose reading end is open here. */
export interface Fifo {
  readonly path: string;
  /** Gives every chunk on, `ended` when the last writer has closed. */
  read(receive: (chunk: Buffer) => void, ended: () => void): void;
  /** Stops reading for a while, or goes on. */
  pause(isPaused: boolean): void;
  /** Stops reading; `clean` when no writer is left, so that it can serve again. */
  release(clean: boolean): void;
}

/** A fifo whose writing end is open here. */
export interface WritableFifo {
  readonly path: string;
  /** Calls `written` once the bytes are in the fifo, or nobody wants them any more. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Closes this end; its readers still get what is in the fifo. */
  close(): void;
}

/** Fifos in one folder. */
export class FifoPool {
  readonly #folder: string;
  readonly #idle: string[] = [];
  #made = 0;
  #making: Promise<void> | null = null;

  /** @param folder is emptied: fifos of an earlier process have nobody to read them */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens a fifo for reading. */
  async take(): Promise<Fifo> {
    const path = await this.#takePath();
    // Not blocking: the writer comes later. Linux reports no end before a first writer was there.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    // Waiting for a thread would cost six times what this does, and here it waits for nothing.
    // A bare descriptor: the socket owns it then, and a FileHandle would close it once more.
    return this.#fifo(path, openSync(path, flags));
  }

  /** Opens a fifo for writing; it does not serve again. */
  async takeWritable(): Promise<WritableFifo> {
    const path = await this.#takePath();
    // For reading too: without a reader, opening for writing fails.
    const flags = constants.O_RDWR | constants.O_NONBLOCK;
    const descriptor = openSync(path, flags);
    const socket = new Socket({ fd: descriptor, readable: false, writable: true });
    socket.on('error', () => socket.destroy());
    return {
      path,
      write: (bytes, written) => {
        if (socket.destroyed) written();
        else socket.write(bytes, () => written());
      },
      close: () => {
        socket.destroy();
        void rm(path, { force: true });
      },
    };
  }

  async #takePath(): Promise<string> {
    while (this.#idle.length === 0) {
      this.#making ??= this.#make().finally(() => {
        this.#making = null;
      });
      await this.#making;
    }
    return this.#idle.pop()!;
  }

  #fifo(path: string, descriptor: number): Fifo {
    let socket: Socket | null = null;
    return {
      path,
      read: (receive, ended) => {
        socket = new Socket({ fd: descriptor, readable: true, writable: false });
        socket.on('data', receive);
        socket.once('end', ended);
        socket.once('error', ended);
      },
      pause: (isPaused) => {
        if (isPaused) socket?.pause();
        else socket?.resume();
      },
      release: (clean) => {
        if (socket === null) close(descriptor);
        else socket.destroy();
        if (clean && this.#idle.length < IDLE_MAX) this.#idle.push(path);
        else void rm(path, { force: true });
      },
    };
  }

  async #make(): Promise<void> {
    if (this.#made === 0) {
      await rm(this.#folder, { recursive: true, force: true });
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    }
    const paths = Array.from({ length: BATCH }, (_, i) =>
      join(this.#folder, String(this.#made + i)),
    );
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
    this.#made += BATCH;
    this.#idle.push(...paths);
  }
}
