import type { ByteSink } from '../../base/byte-streams.ts';

/** What an output holds back at most; with more it begins where it is. */
export const HELD_BYTES_MAX = 1024 * 1024;

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;

/** Output of a process that waits until it is known what came before it. */
export class HeldOutput implements ByteSink {
  readonly #sink: ByteSink;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isHolding = true;
  #heard = 0;
  #before = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** What waits here. */
  get held(): Buffer {
    return Buffer.concat(this.#held);
  }

  /** How many bytes have been heard of the process itself. */
  get heard(): number {
    return this.#heard;
  }

  /** How many bytes came before those. */
  get before(): number {
    return this.#before;
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#heard += bytes.length;
    if (!this.#isHolding) return this.#sink.write(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > HELD_BYTES_MAX) return this.release(NOTHING);
  }

  /** The process says no more; its log may still say what came before. See {@link finish}. */
  end(): void {}

  /** Gives on what came `before`, then what has been held, and from now on all at once. */
  release(before: Uint8Array): void | Promise<void> {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#before = before.length;
    const bytes = Buffer.concat([before, ...this.#held]);
    this.#held = [];
    if (bytes.length > 0) return this.#sink.write(bytes);
  }

  /** No more follows, but what is held and, where nothing has been heard at all, `rest`. */
  async finish(rest: Uint8Array = NOTHING): Promise<void> {
    await this.release(NOTHING);
    if (rest.length > 0) await this.#sink.write(rest);
    this.#sink.end();
  }
}

/**
 * What a process wrote before somebody began to listen: the head of its log that is no part of
 * what has been heard since. Null where the two do not fit together.
 *
 * @param hasEnded the log has all that was written; else it lacks the line that is being written
 */
export function missedBytes(log: Buffer, heard: Buffer, hasEnded: boolean): Buffer | null {
  const logged = hasEnded ? log : wholeLines(log);
  const known = hasEnded ? heard : wholeLines(heard);
  const start = logged.length - known.length;
  if (start < 0 || !logged.subarray(start).equals(known)) return null;
  return logged.subarray(0, start);
}

function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
}
