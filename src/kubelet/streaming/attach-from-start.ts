import type { ProcessStreams } from '../../base/byte-streams.ts';
import { sleep } from '../../base/clock.ts';
import type { LogSource } from '../pod-logs.ts';
import type { ContainerStatus, Runtime } from '../runtime.ts';
import { HELD_BYTES_MAX, HeldOutput, missedBytes } from './held-output.ts';

/** Whoever has made a container attaches to it as soon as it is seen to run. */
const YOUNG_MS_MAX = 10_000;
/** Log and output that have not moved for so long have all that was written. */
const LOOK_MS = 50;
/** So long the output of a process that goes on writing is held back. */
const HOLD_MS_MAX = 1_000;
/** After the end of a process's output its end is told within this, unless it goes on without. */
const EXIT_TOLD_MS_MAX = 10_000;
/** A log beyond this belongs to no short command. */
const LOG_BYTES_MAX = 2 * HELD_BYTES_MAX;

type StreamName = 'stdout' | 'stderr';

/** What has been written so far, as log and client know it. */
interface Look {
  readonly hasEnded: boolean;
  readonly logs: ReadonlyMap<StreamName, Buffer>;
  /** Of both; they only grow. */
  readonly bytes: number;
}

/** Whether who attaches now is to see a container's output from its start. */
export function isYoung({ startedAt }: ContainerStatus, { clock }: LogSource): boolean {
  return clock.now() - startedAt < YOUNG_MS_MAX;
}

/**
 * Attaches to a container that has only just been started, and shows what it has written before.
 * A node of upstream's tells a second later that a container runs, by when a short command has
 * ended and `kubectl run` prints its log instead; here it would come in the midst of it. What the
 * log has and the client has not been told goes first. Where the two do not come to fit, the
 * client sees what comes from now on, as of any container.
 *
 * @throws what the runtime says, unless the container has ended and its log has said all
 */
export async function attachFromStart(
  container: ContainerStatus,
  streams: ProcessStreams,
  source: LogSource,
  runtime: Pick<Runtime, 'attach'>,
): Promise<void> {
  const attachment = new YoungAttachment(container, streams, source);
  const over = new AbortController();
  let failure: unknown = null;
  const attached = runtime
    .attach(container.id, { ...streams, ...attachment.sinks })
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => over.abort());
  await attachment.begin(over.signal);
  await attached;
  const hasEnded = await attachment.finish(failure !== null);
  if (failure !== null && !hasEnded) throw failure;
}

class YoungAttachment {
  readonly #container: ContainerStatus;
  readonly #source: LogSource;
  readonly #signal: AbortSignal;
  readonly #outputs = new Map<StreamName, HeldOutput>();

  constructor(container: ContainerStatus, streams: ProcessStreams, source: LogSource) {
    this.#container = container;
    this.#source = source;
    this.#signal = streams.signal;
    for (const name of ['stdout', 'stderr'] as const) {
      const sink = streams[name];
      if (sink !== null) this.#outputs.set(name, new HeldOutput(sink));
    }
  }

  /** What takes the place of the client's own. */
  get sinks(): Pick<ProcessStreams, StreamName> {
    const of = (name: StreamName) => this.#outputs.get(name) ?? null;
    return { stdout: of('stdout'), stderr: of('stderr') };
  }

  /** Waits until it is known what came before, `over` aborts or it has taken too long. */
  async begin(over: AbortSignal): Promise<void> {
    const either = AbortSignal.any([over, this.#signal]);
    const settled = await this.#settle(HOLD_MS_MAX, either, ({ hasEnded }) => !hasEnded);
    if (either.aborted) return;
    for (const [name, output] of this.#outputs) {
      const missed = settled && missedOf(settled, name, output);
      void output.release(missed ?? new Uint8Array());
    }
  }

  /**
   * Gives what the log has and the client has not, once the container has ended; waits for that
   * where something may be missing, or the runtime `hasFailed` to attach to it.
   *
   * @returns whether it has been seen to have ended
   */
  async finish(hasFailed: boolean): Promise<boolean> {
    const waitMs = hasFailed || this.#mayHaveMissed() ? EXIT_TOLD_MS_MAX : 0;
    const settled = await this.#settle(waitMs, this.#signal, ({ hasEnded }) => hasEnded);
    for (const [name, output] of this.#outputs) {
      if (settled !== null && output.isHolding) {
        void output.release(missedOf(settled, name, output) ?? new Uint8Array());
      }
      // The beginning of a line is in the log only when that line, or the container, has ended.
      const log = output.heard === 0 ? settled?.logs.get(name) : undefined;
      await output.finish(log?.subarray(output.before));
    }
    return settled !== null;
  }

  #mayHaveMissed(): boolean {
    return [...this.#outputs.values()].some((output) => output.isHolding || output.heard === 0);
  }

  /**
   * Waits for a look that shows the same as the one before and is as wanted; null when there was
   * none in time, or `signal` aborts.
   */
  async #settle(
    waitMs: number,
    signal: AbortSignal,
    isWanted: (look: Look) => boolean,
  ): Promise<Look | null> {
    let before: Look | null = null;
    for (let waitedMs = 0; waitedMs < waitMs && !signal.aborted; waitedMs += LOOK_MS) {
      const now = await this.#look();
      const isSame = before?.bytes === now.bytes && before.hasEnded === now.hasEnded;
      if (isSame && isWanted(now) && this.#fits(now)) return now;
      before = now;
      await sleep(this.#source.clock, LOOK_MS, signal);
    }
    return null;
  }

  #fits(look: Look): boolean {
    return [...this.#outputs].every(
      ([name, output]) => !output.isHolding || missedOf(look, name, output) !== null,
    );
  }

  async #look(): Promise<Look> {
    const { id, logPath } = this.#container;
    const status = this.#source.runtime().containers.find((candidate) => candidate.id === id);
    const hasEnded = status === undefined || status.state === 'exited';
    const logs = new Map<StreamName, Buffer>();
    let bytes = 0;
    for (const [name, output] of this.#outputs) {
      const log = await readAll(logPath, name, this.#source);
      logs.set(name, log);
      bytes += log.length + output.heard;
    }
    return { hasEnded, logs, bytes };
  }
}

function missedOf({ logs, hasEnded }: Look, name: StreamName, output: HeldOutput): Buffer | null {
  const log = logs.get(name)!;
  return log.length > LOG_BYTES_MAX ? null : missedBytes(log, output.held, hasEnded);
}

async function readAll(path: string, stream: StreamName, { files }: LogSource): Promise<Buffer> {
  const limitBytes = LOG_BYTES_MAX + 1;
  const options = { follow: false, timestamps: false, stream, limitBytes };
  const never = new AbortController().signal;
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.readLog(path, options, never, () => true)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
