import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { DIAL_PROGRAM } from './dial-program.ts';

/** What is kept of what the process says when it cannot go on. */
const ERROR_BYTES_MAX = 4_096;

/** What the process answers; a connection comes beside it. */
interface Answer {
  readonly id: number;
  readonly code?: string;
}

/** A dial that is under way. */
interface Dial {
  resolve(outcome: Socket | string): void;
  reject(error: Error): void;
}

/** A process that connects from where it runs, such as a pod's network, and hands sockets over. */
export class DialProcess {
  readonly #child: ChildProcess;
  readonly #dials = new Map<number, Dial>();
  #nextId = 0;
  #said = '';
  /** Why the process is gone. */
  #over: Error | null = null;

  /**
   * @param enter the command that runs another where connections are to be made from
   * @param ended called once the process is gone
   */
  constructor(enter: readonly string[], ended: () => void) {
    const node = [process.execPath, '--title=proa-dial', '-e', DIAL_PROGRAM];
    const [program = '', ...args] = [...enter, ...node];
    // Options for this process's node are not meant for another.
    const env = { PATH: process.env.PATH };
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env });
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      if (this.#said.length < ERROR_BYTES_MAX) this.#said += bytes.toString();
    });
    this.#child.on('message', (answer, socket) => this.#take(answer as Answer, socket));
    this.#child.on('error', (error) => this.#end(error.message, ended));
    this.#child.once('close', () => this.#end(this.#said.trim(), ended));
  }

  /**
   * Connects. Answers the connection, unread and open in both directions until each has ended, or
   * the code of the error: `ECONNREFUSED`, and `ECANCELED` once `signal` has aborted.
   *
   * @throws Error when the process cannot run, or ends
   */
  async dial(host: string, port: number, signal: AbortSignal): Promise<Socket | string> {
    if (this.#over !== null) throw this.#over;
    const id = this.#nextId++;
    const cancel = () => {
      this.#send({ id });
      this.#dials.get(id)?.resolve('ECANCELED');
      this.#dials.delete(id);
    };
    try {
      return await new Promise((resolve, reject) => {
        this.#dials.set(id, { resolve, reject });
        this.#send({ id, host, port });
        signal.addEventListener('abort', cancel, { once: true });
        if (signal.aborted) cancel();
      });
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process at once; connections that were handed over go on. */
  end(): void {
    this.#child.kill('SIGKILL');
  }

  /** What cannot be sent has no reader left: its end is told by itself. */
  #send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #end(why: string, ended: () => void): void {
    if (this.#over !== null) return;
    this.#over = new Error(why || 'the process that connects has ended');
    for (const { reject } of this.#dials.values()) reject(this.#over);
    this.#dials.clear();
    ended();
  }

  #take({ id, code }: Answer, handed: unknown): void {
    const socket = handed as Socket | undefined;
    const dial = this.#dials.get(id);
    this.#dials.delete(id);
    // It was given up while its connection was on the way.
    if (dial === undefined) socket?.destroy();
    else if (socket === undefined) dial.resolve(code ?? 'ECONNRESET');
    else {
      socket.allowHalfOpen = true;
      // It reads from now on, and may break before its owner listens; `close` tells of it.
      socket.on('error', () => {});
      dial.resolve(socket);
    }
  }
}
