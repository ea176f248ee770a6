import { execFile } from 'node:child_process';
import { close, constants, open } from 'node:fs';
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
  /** Stops reading; `clean` when no writer is left, so that it can serve again. */
  release(clean: boolean): void;
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
    while (this.#idle.length === 0) {
      this.#making ??= this.#make().finally(() => {
        this.#making = null;
      });
      await this.#making;
    }
    const path = this.#idle.pop()!;
    // Not blocking: the writer comes later. Linux reports no end before a first writer was there.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    // A bare descriptor: the socket owns it then, and a FileHandle would close it once more.
    return this.#fifo(path, await promisify(open)(path, flags));
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
