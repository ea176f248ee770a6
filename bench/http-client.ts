import { connect, type TLSSocket } from 'node:tls';

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
  /** What has come and was not taken yet, and how much that is. */
  #parts: Buffer[] = [];
  #receivedBytes = 0;
  #wake: () => void = () => {};
  #failure: Error | null = null;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#parts.push(chunk);
      this.#receivedBytes += chunk.length;
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
    const head = await this.#head();
    const parts: Buffer[] = [];
    if (head.length !== null) {
      await this.#need(head.length);
      return { status: head.status, body: this.#shift(head.length) };
    }
    for (let chunk = await this.#chunk(); chunk !== null; chunk = await this.#chunk()) {
      parts.push(chunk);
    }
    return { status: head.status, body: Buffer.concat(parts) };
  }

  /** Sends a request and reads the head alone: the body follows by `received`. */
  async open(path: string): Promise<number> {
    this.#send('GET', path, '', '');
    return (await this.#head()).status;
  }

  /** The bytes of an open answer that have come since the last call, chunk frames and all. */
  async received(): Promise<Buffer> {
    await this.#need(1);
    return this.#shift(this.#receivedBytes);
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
    for (;;) {
      const end = this.#joined().indexOf(HEAD_END);
      if (end >= 0) {
        const head = this.#shift(end + HEAD_END.length).toString('latin1');
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        return {
          status: Number(head.slice(9, 12)),
          length: length === undefined ? null : Number(length),
        };
      }
      await this.#more();
    }
  }

  async #chunk(): Promise<Buffer | null> {
    for (;;) {
      const end = this.#joined().indexOf(LINE_END);
      if (end >= 0) {
        const size = Number.parseInt(this.#shift(end + 2).toString('latin1'), 16);
        await this.#need(size + 2);
        const chunk = this.#shift(size + 2).subarray(0, size);
        return size === 0 ? null : chunk;
      }
      await this.#more();
    }
  }

  async #need(bytes: number): Promise<void> {
    while (this.#receivedBytes < bytes) await this.#more();
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

  #shift(bytes: number): Buffer {
    const all = this.#joined();
    const rest = all.subarray(bytes);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#receivedBytes = rest.length;
    return all.subarray(0, bytes);
  }

  /** Joined when somebody looks, and not for each chunk: a long list comes in hundreds. */
  #joined(): Buffer {
    if (this.#parts.length !== 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] as Buffer;
  }
}
