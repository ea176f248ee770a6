import type { ByteSink, ProcessStreams } from '../../base/byte-streams.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Channel } from '../grpc/channel.ts';
import { GrpcError } from '../grpc/status.ts';
import { readStat } from '../process-stat.ts';
import { CONTAINERD, CRI_NAMESPACE } from './containerd-messages.ts';
import type { Execs } from './exec.ts';
import type { Fifo, FifoPool, WritableFifo } from './fifo-pool.ts';
import { killTree } from './kill-tree.ts';
import { toRuntimeError } from './to-runtime-error.ts';

const PROCESS_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Process';
const METADATA = { 'containerd-namespace': CRI_NAMESPACE };
const CALL_MS_MAX = 120_000;
const OPTIONS = { metadata: METADATA, timeoutMs: CALL_MS_MAX };
/** What containerd's CRI gives a process with a terminal. */
const TERMINAL = 'TERM=xterm';
/**
 * A terminal's size until its client tells one, which may be after the command has looked: one of no
 * columns makes some programs ask the terminal itself, and wait.
 */
const FIRST_SIZE = { height: 24, width: 80 };

export interface StreamedExecParts {
  readonly channel: Channel;
  readonly fifos: FifoPool;
  readonly execs: Pick<Execs, 'spec' | 'starts'>;
  readonly clock: Clock;
  readonly log: Log;
  newId(): string;
}

/** One command that runs in a container, connected to a client. See {@link Runtime.execStreams}. */
export class StreamedExec {
  readonly #parts: StreamedExecParts;
  readonly #id: { readonly containerId: string; readonly execId: string };
  readonly #streams: ProcessStreams;
  #stdin: WritableFifo | null = null;
  #hasEnded = false;
  readonly #outputs: Output[] = [];

  constructor(parts: StreamedExecParts, containerId: string, streams: ProcessStreams) {
    this.#parts = parts;
    this.#id = { containerId, execId: parts.newId() };
    this.#streams = streams;
  }

  /** @throws RuntimeError */
  async run(command: readonly string[]): Promise<number> {
    const { signal } = this.#streams;
    let isStarted = false;
    try {
      const { execs } = this.#parts;
      const { containerId } = this.#id;
      const spec = await execs.spec(containerId);
      await this.#openFifos();
      const pid = await execs.starts.inTurn(containerId, () => this.#start(spec, command), signal);
      isStarted = true;
      void this.#feed();
      void this.#resize();
      return await this.#finish(pid, signal);
    } catch (error) {
      throw toRuntimeError(error);
    } finally {
      this.#stdin?.close();
      for (const output of this.#outputs) output.release(isStarted);
    }
  }

  async #openFifos(): Promise<void> {
    const { fifos } = this.#parts;
    const { stdin, stdout, stderr, tty } = this.#streams;
    if (stdin !== null) this.#stdin = await fifos.takeWritable();
    this.#outputs.push(new Output('stdout', await fifos.take(), stdout));
    if (!tty) this.#outputs.push(new Output('stderr', await fifos.take(), stderr));
  }

  async #start(
    spec: Readonly<Record<string, unknown>>,
    command: readonly string[],
  ): Promise<number> {
    const { channel } = this.#parts;
    const { tty } = this.#streams;
    const env = (spec.env ?? []) as readonly string[];
    const terminalEnv = tty ? [...env.filter((each) => !each.startsWith('TERM=')), TERMINAL] : env;
    const process = {
      ...spec,
      env: terminalEnv,
      args: command,
      terminal: tty,
      ...(tty ? { consoleSize: FIRST_SIZE } : {}),
    };
    const path = (name: string) => this.#outputs.find((output) => output.name === name)?.path ?? '';
    const request = {
      ...this.#id,
      stdin: this.#stdin?.path ?? '',
      stdout: path('stdout'),
      stderr: path('stderr'),
      terminal: tty,
      spec: { typeUrl: PROCESS_TYPE, value: new TextEncoder().encode(JSON.stringify(process)) },
    };
    const { execId } = this.#id;
    try {
      await channel.unary(CONTAINERD.exec, request, OPTIONS);
    } catch (error) {
      throw prefixed(error, `failed to exec in container: failed to create exec "${execId}"`);
    }
    try {
      return (await channel.unary(CONTAINERD.start, this.#id, OPTIONS)).pid;
    } catch (error) {
      this.#delete();
      throw prefixed(error, `failed to exec in container: failed to start exec "${execId}"`);
    }
  }

  /** Waits for the end of the process and of its output, unless the client goes first. */
  async #finish(pid: number, signal: AbortSignal): Promise<number> {
    const { channel } = this.#parts;
    const gone = whenAborted(signal);
    const killed = gone.promise.then(() => this.#kill(pid));
    try {
      const { exitStatus } = await channel.unary(CONTAINERD.wait, this.#id, { metadata: METADATA });
      this.#hasEnded = true;
      const drained = Promise.all(this.#outputs.map((output) => output.ended));
      // A child may hold the output open for ever; upstream waits for it as well.
      await Promise.race([drained, killed]);
      return exitStatus;
    } finally {
      gone.forget();
      this.#delete();
    }
  }

  /**
   * Ends the process and what it has started. Once it has ended itself, only its session tells its
   * children, and only while no other process has its id.
   */
  async #kill(pid: number): Promise<void> {
    const { clock, log } = this.#parts;
    if (this.#hasEnded && readStat(pid) !== null) return;
    if (await killTree(pid, clock)) return;
    log.warn('a process whose client has gone could not be killed', { ...this.#id, pid });
  }

  async #feed(): Promise<void> {
    const { stdin } = this.#streams;
    const fifo = this.#stdin;
    if (stdin === null || fifo === null) return;
    for await (const bytes of stdin) {
      await new Promise<void>((resolve) => fifo.write(bytes, resolve));
    }
    if (this.#hasEnded) return;
    fifo.close();
    // The shim holds an end of the fifo too, until it is told.
    await this.#parts.channel
      .unary(CONTAINERD.closeIo, { ...this.#id, stdin: true }, OPTIONS)
      .catch((error) => this.#debug('input not closed', error));
  }

  async #resize(): Promise<void> {
    for await (const { columns, rows } of this.#streams.sizes) {
      await this.#parts.channel
        .unary(CONTAINERD.resizePty, { ...this.#id, width: columns, height: rows }, OPTIONS)
        .catch((error) => this.#debug('terminal not resized', error));
    }
  }

  /** The process has ended, or never began: nobody waits for its entry to go. */
  #delete(): void {
    this.#parts.channel
      .unary(CONTAINERD.deleteProcess, this.#id, OPTIONS)
      .catch((error) => this.#debug('process not deleted', error));
  }

  #debug(message: string, error: unknown): void {
    this.#parts.log.debug(message, { ...this.#id, error: String(error) });
  }
}

/** Moves what comes through a fifo to a client, as fast as that takes it. */
class Output {
  readonly name: 'stdout' | 'stderr';
  readonly ended: Promise<void>;
  readonly #fifo: Fifo;
  #isOver = false;

  constructor(name: 'stdout' | 'stderr', fifo: Fifo, sink: ByteSink | null) {
    this.name = name;
    this.#fifo = fifo;
    this.ended = new Promise((resolve) => {
      let taking: Promise<void> | undefined;
      const receive = (chunk: Buffer) => {
        const taken = sink?.write(chunk);
        if (!(taken instanceof Promise)) return;
        fifo.pause(true);
        taking = taken.then(() => fifo.pause(false));
      };
      fifo.read(receive, () => {
        this.#isOver = true;
        void Promise.resolve(taking).then(() => {
          sink?.end();
          resolve();
        });
      });
    });
  }

  get path(): string {
    return this.#fifo.path;
  }

  /** @param wasWritten somebody has opened the other end */
  release(wasWritten: boolean): void {
    this.#fifo.release(wasWritten && this.#isOver);
  }
}

/** A promise for an abort, which leaves nothing with the signal once it is forgotten. */
function whenAborted(signal: AbortSignal): { promise: Promise<void>; forget(): void } {
  let listener = () => {};
  const promise = new Promise<void>((resolve) => {
    listener = resolve;
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', listener, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', listener) };
}

function prefixed(error: unknown, prefix: string): unknown {
  if (!(error instanceof GrpcError)) return error;
  return new GrpcError(error.code, `${prefix}: ${error.message}`);
}
