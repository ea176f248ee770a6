/** Where bytes go, one write after the other. */
export interface ByteSink {
  /**
   * Takes bytes. A promise asks its caller to wait before it gives more. Never throws: what nobody
   * takes any more is dropped.
   */
  write(bytes: Uint8Array): void | Promise<void>;
  /** No more bytes follow. */
  end(): void;
}

/** Bytes both ways, each of which ends by itself. */
export interface ByteConnection extends ByteSink {
  /** What the other side sends; reading slowly slows it down. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Aborts when the other side is gone without a proper end. */
  readonly signal: AbortSignal;
}

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a process is connected to; null is not connected. */
export interface ProcessStreams {
  readonly stdin: AsyncIterable<Uint8Array> | null;
  readonly stdout: ByteSink | null;
  /** Null for a terminal, which has but one output. */
  readonly stderr: ByteSink | null;
  /** The process has a terminal. */
  readonly tty: boolean;
  /** Sizes that the terminal takes on, the first one as soon as it is known. */
  readonly sizes: AsyncIterable<TerminalSize>;
  /** Aborts when whoever is at the other end has gone. */
  readonly signal: AbortSignal;
}

/** Moves all of `source` to `sink`, as fast as that takes it, and ends it. */
export async function pipeBytes(source: AsyncIterable<Uint8Array>, sink: ByteSink): Promise<void> {
  for await (const bytes of source) {
    const taken = sink.write(bytes);
    if (taken !== undefined) await taken;
  }
  sink.end();
}
