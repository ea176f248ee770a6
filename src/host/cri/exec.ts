import { assert } from '../../base/assert.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type ExecResult, RuntimeError } from '../../kubelet/runtime.ts';
import type { Channel } from '../grpc/channel.ts';
import { GrpcError } from '../grpc/status.ts';
import { CONTAINERD, CRI_NAMESPACE } from './containerd-messages.ts';
import { ExecStarts } from './exec-starts.ts';
import type { Fifo, FifoPool } from './fifo-pool.ts';
import { killTree } from './kill-tree.ts';
import { toRuntimeError } from './to-runtime-error.ts';

/** Upstream reads no more of a probe's output. */
const OUTPUT_BYTES_MAX = 10 * 1024;
/** Output still on its way when the process ended; longer only if a child holds it open. */
const DRAIN_MS_MAX = 200;
/** After the kill of a command that took too long, its end is told within this. */
const EXIT_TOLD_MS_MAX = 2_000;
/** 128 and SIGKILL. */
const KILLED = 137;
const SPECS_MAX = 1000;
const PROCESS_TYPE = 'types.containerd.io/opencontainers/runtime-spec/1/Process';
const METADATA = { 'containerd-namespace': CRI_NAMESPACE };
const CALL_MS_MAX = 120_000;

/** How a container's processes start: `process` of its OCI runtime specification. */
type ProcessSpec = Readonly<Record<string, unknown>>;

/**
 * Runs processes in containers, by containerd's task service. CRI's ExecSync kills only the
 * process it started when the time is over, not that one's children, and then waits for as long as
 * they keep the output open; here the whole tree is killed.
 */
export class Execs {
  readonly #channel: Channel;
  readonly #fifos: FifoPool;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #newId: () => string;
  readonly #specs = new Map<string, ProcessSpec>();
  /** Of these and of commands that are connected to clients. */
  readonly starts = new ExecStarts();

  constructor(channel: Channel, fifos: FifoPool, clock: Clock, log: Log, newId: () => string) {
    this.#channel = channel;
    this.#fifos = fifos;
    this.#clock = clock;
    this.#log = log;
    this.#newId = newId;
  }

  /** Drops what is remembered of a container. */
  forget(id: string): void {
    this.#specs.delete(id);
  }

  /** See {@link Runtime.exec}. */
  async run(id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    const spec = await this.spec(id);
    const fifos = await this.#takeTwo();
    const output = new Output(fifos, this.#clock);
    const execId = this.#newId();
    try {
      const process = { ...spec, args: command, terminal: false };
      const start = () => this.#start(id, execId, process, fifos);
      const pid = await this.starts.inTurn(id, start);
      return await this.#finish(id, execId, pid, timeoutMs, output);
    } catch (error) {
      output.abandon();
      throw toRuntimeError(error);
    }
  }

  /**
   * One fifo for stdout and one for stderr. They must not be the same: the shim opens it for one
   * after the other, and when the process has ended by then, its end of the first is closed, so is
   * ours at the end of the output, and the second open waits for a reader. The shim gives up
   * after 30 s, and does nothing else for the container meanwhile.
   */
  async #takeTwo(): Promise<readonly [Fifo, Fifo]> {
    const stdout = await this.#fifos.take();
    try {
      return [stdout, await this.#fifos.take()];
    } catch (error) {
      stdout.release(true);
      throw error;
    }
  }

  async #start(
    id: string,
    execId: string,
    spec: ProcessSpec,
    [stdout, stderr]: readonly [Fifo, Fifo],
  ): Promise<number> {
    const options = { metadata: METADATA, timeoutMs: CALL_MS_MAX };
    const value = new TextEncoder().encode(JSON.stringify(spec));
    try {
      await this.#channel.unary(
        CONTAINERD.exec,
        {
          containerId: id,
          execId,
          stdout: stdout.path,
          stderr: stderr.path,
          spec: { typeUrl: PROCESS_TYPE, value },
        },
        options,
      );
    } catch (error) {
      throw prefixed(error, `failed to exec in container: failed to create exec "${execId}"`);
    }
    try {
      const started = { containerId: id, execId };
      return (await this.#channel.unary(CONTAINERD.start, started, options)).pid;
    } catch (error) {
      this.#delete(id, execId);
      throw prefixed(error, `failed to exec in container: failed to start exec "${execId}"`);
    }
  }

  async #finish(
    id: string,
    execId: string,
    pid: number,
    timeoutMs: number,
    output: Output,
  ): Promise<ExecResult> {
    let killed: Promise<void> | null = null;
    const over = new AbortController();
    const timer =
      timeoutMs > 0
        ? this.#clock.timer(timeoutMs, () => {
            killed = this.#kill(id, pid);
            void killed
              .then(() => sleep(this.#clock, EXIT_TOLD_MS_MAX, over.signal))
              .then(() => over.abort());
          })
        : null;
    try {
      const exitCode = await this.#exitOf(id, execId, over.signal);
      timer?.cancel();
      await killed;
      return { exitCode, output: await output.drain(), timedOut: killed !== null };
    } finally {
      timer?.cancel();
      over.abort();
      this.#delete(id, execId);
    }
  }

  /** What cannot be killed must not hold up a probe: then `over` aborts, and it counts as killed. */
  async #exitOf(id: string, execId: string, over: AbortSignal): Promise<number> {
    try {
      const ended = { containerId: id, execId };
      const options = { metadata: METADATA, signal: over };
      return (await this.#channel.unary(CONTAINERD.wait, ended, options)).exitStatus;
    } catch (error) {
      if (over.aborted) return KILLED;
      throw error;
    }
  }

  async #kill(id: string, pid: number): Promise<void> {
    if (await killTree(pid, this.#clock)) return;
    this.#log.warn('a process of a timed out command could not be killed', { id, pid });
  }

  /** The process has ended, or never began: nobody waits for its entry to go. */
  #delete(id: string, execId: string): void {
    const request = { containerId: id, execId };
    this.#channel
      .unary(CONTAINERD.deleteProcess, request, { metadata: METADATA, timeoutMs: CALL_MS_MAX })
      .catch((error: unknown) => {
        const gone = error instanceof GrpcError && (error.code === 5 || error.code === 14);
        if (!gone) this.#log.debug('cannot delete a process', { id, error: String(error) });
      });
  }

  /**
   * How processes of a container start.
   *
   * @throws RuntimeError
   */
  async spec(id: string): Promise<ProcessSpec> {
    const known = this.#specs.get(id);
    if (known !== undefined) return known;
    const spec = await this.#fetchSpec(id);
    if (this.#specs.size >= SPECS_MAX) this.#specs.clear();
    this.#specs.set(id, spec);
    return spec;
  }

  async #fetchSpec(id: string): Promise<ProcessSpec> {
    try {
      const options = { metadata: METADATA, timeoutMs: CALL_MS_MAX };
      const { container } = await this.#channel.unary(CONTAINERD.getContainer, { id }, options);
      const text = new TextDecoder().decode(container?.spec?.value ?? new Uint8Array());
      const { process } = JSON.parse(text) as { process?: ProcessSpec };
      assert(process !== undefined, `container ${id} has no process in its specification`);
      return process;
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new RuntimeError('other', `cannot read the specification of container ${id}`);
      }
      throw toRuntimeError(error);
    }
  }
}

/** The first bytes of what comes through both fifos; the rest is read and dropped. */
class Output {
  readonly #clock: Clock;
  readonly #chunks: Buffer[] = [];
  readonly #fifos: readonly Fifo[];
  readonly #open: Set<Fifo>;
  #length = 0;
  #whenEnded: (() => void) | null = null;

  constructor(fifos: readonly Fifo[], clock: Clock) {
    this.#clock = clock;
    this.#fifos = fifos;
    this.#open = new Set(fifos);
    for (const fifo of fifos) {
      fifo.read(
        (chunk) => this.#add(chunk),
        () => {
          this.#open.delete(fifo);
          if (this.#open.size === 0) this.#whenEnded?.();
        },
      );
    }
  }

  async drain(): Promise<Uint8Array> {
    if (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.timer(DRAIN_MS_MAX, resolve);
        this.#whenEnded = () => {
          timer.cancel();
          resolve();
        };
      });
    }
    for (const fifo of this.#fifos) fifo.release(!this.#open.has(fifo));
    return Buffer.concat(this.#chunks);
  }

  abandon(): void {
    for (const fifo of this.#fifos) fifo.release(false);
  }

  #add(chunk: Buffer): void {
    const room = OUTPUT_BYTES_MAX - this.#length;
    if (room <= 0) return;
    this.#chunks.push(chunk.subarray(0, room));
    this.#length += Math.min(chunk.length, room);
  }
}

function prefixed(error: unknown, prefix: string): unknown {
  if (!(error instanceof GrpcError)) return error;
  return new GrpcError(error.code, `${prefix}: ${error.message}`);
}
