import { connect, type TLSSocket } from 'node:tls';
import { Inbox } from './inbox.ts';

export interface Access {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/**
 * One kept-alive HTTP/1.1 connection over TLS, one request at a time. It does as little as it can,
 * so that a benchmark on a small machine measures the server and not its client.
 */
export class HttpClient {
  readonly #socket: TLSSocket;
  readonly #inbox = new Inbox();
  /** Takes what comes in place of the inbox, once there is one. */
  #tap: ((chunk: Buffer) => void) | null = null;
  #wake: () => void = () => {};
  #failure: Error | null = null;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      if (this.#tap === null) this.#inbox.push(chunk);
      else this.#tap(chunk);
      this.#wake();
    });
    const fail = (error: Error) => {
      this.#failure ??= error;
      this.#wake();
    };
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('connection closed')));
  }

  /** Opens a connection; resolves when TLS stands. */
  static open({ port, ca, cert, key }: Access): Promise<HttpClient> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, ca, cert, key, ALPNProtocols: ['http/1.1'] };
      const socket = connect(options, () => {
        socket.off('error', reject);
        resolve(new HttpClient(socket));
      });
      socket.on('error', reject);
    });
  }

  /** Sends one request and reads its whole answer. */
  async request(method: string, path: string, type = '', body = ''): Promise<Answer> {
    this.#send(method, path, type, body);
    const { status, length } = await this.#head();
    if (length !== null) {
      await this.#need(length);
      return { status, body: this.#inbox.take(length) };
    }
    const parts: Buffer[] = [];
    for (let size = await this.#chunkSize(); size > 0; size = await this.#chunkSize()) {
      await this.#need(size + LINE_END.length);
      parts.push(this.#inbox.take(size));
      this.#inbox.drop(LINE_END.length);
    }
    await this.#drop(LINE_END.length);
    return { status, body: Buffer.concat(parts) };
  }

  /** Gets an answer without a look at its body; answers how many bytes that had. */
  async measure(path: string): Promise<number> {
    this.#send('GET', path, '', '');
    const { status, length } = await this.#head();
    if (status !== 200) throw new Error(`GET ${path}: status ${status}`);
    if (length !== null) {
      await this.#drop(length);
      return length;
    }
    let bytes = 0;
    for (let size = await this.#chunkSize(); size > 0; size = await this.#chunkSize()) {
      await this.#drop(size + LINE_END.length);
      bytes += size;
    }
    await this.#drop(LINE_END.length);
    return bytes;
  }

  /** Sends a request and reads the head alone: the body follows by `received` or to a tap. */
  async open(path: string): Promise<number> {
    this.#send('GET', path, '', '');
    return (await this.#head()).status;
  }

  /** The bytes of an open answer that have come since the last call, chunk frames and all. */
  async received(): Promise<Buffer> {
    await this.#need(1);
    return this.#inbox.take(this.#inbox.length);
  }

  /** Gives the bytes of an open answer to `listener`, as they come. */
  tap(listener: (chunk: Buffer) => void): void {
    this.#tap = listener;
    if (this.#inbox.length > 0) listener(this.#inbox.take(this.#inbox.length));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(method: string, path: string, type: string, body: string): void {
    const content =
      body === '' ? '' : `content-type: ${type}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${content}\r\n${body}`);
  }

  async #head(): Promise<{ status: number; length: number | null }> {
    const head = (await this.#until(HEAD_END)).toString('latin1');
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    return {
      status: Number(head.slice(9, 12)),
      length: length === undefined ? null : Number(length),
    };
  }

  async #chunkSize(): Promise<number> {
    return Number.parseInt((await this.#until(LINE_END)).toString('latin1'), 16);
  }

  /** Takes what comes up to `mark`, and the mark. */
  async #until(mark: Buffer): Promise<Buffer> {
    for (;;) {
      const at = this.#inbox.indexOf(mark);
      if (at >= 0) return this.#inbox.take(at + mark.length);
      await this.#more();
    }
  }

  async #need(bytes: number): Promise<void> {
    while (this.#inbox.length < bytes) await this.#more();
  }

  async #drop(bytes: number): Promise<void> {
    for (let left = bytes - this.#inbox.drop(bytes); left > 0; left -= this.#inbox.drop(left)) {
      await this.#more();
    }
  }

  #more(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        this.#wake = () => {};
        if (this.#failure === null) resolve();
        else reject(this.#failure);
      };
    });
  }
}
