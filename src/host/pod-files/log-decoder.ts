import type { LogReadOptions } from '../../kubelet/edges.ts';
import { parseLogLine } from './log-line.ts';

const NEWLINE = Buffer.from('\n');
const NEWLINE_BYTE = 0x0a;
/** The runtime breaks lines at 16 KiB; anything without an end for so long is no log. */
const LINE_BYTES_MAX = 1024 * 1024;

/** Turns chunks of a log file into what `kubectl logs` prints. */
export class LogDecoder {
  readonly #options: LogReadOptions;
  #rest: Buffer = Buffer.alloc(0);
  #leftBytes: number;
  /** Streams whose last entry was partial: what follows belongs to the same line. */
  readonly #open = new Set<string>();

  constructor(options: LogReadOptions) {
    this.#options = options;
    this.#leftBytes = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  /** Whether `limitBytes` have been given out. */
  get full(): boolean {
    return this.#leftBytes <= 0;
  }

  /** The text of all lines that `chunk` completes; empty when it completes none. */
  push(chunk: Buffer): Uint8Array {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const parts: Buffer[] = [];
    for (;;) {
      const end = data.indexOf(NEWLINE_BYTE);
      if (end < 0) break;
      this.#line(data.subarray(0, end), parts);
      data = data.subarray(end + 1);
    }
    this.#rest = data.length > LINE_BYTES_MAX ? Buffer.alloc(0) : Buffer.from(data);
    const text = Buffer.concat(parts);
    const given = text.subarray(0, Math.min(text.length, this.#leftBytes));
    this.#leftBytes -= given.length;
    return given;
  }

  /** The file ended in the midst of a line, and another one begins. */
  reset(): void {
    this.#rest = Buffer.alloc(0);
  }

  #line(raw: Buffer, parts: Buffer[]): void {
    const line = parseLogLine(raw);
    if (line === null) return;
    const { since, stream, timestamps } = this.#options;
    if (stream !== 'all' && line.stream !== stream) return;
    if (since !== undefined && Date.parse(line.time) < since) return;
    const goesOn = this.#open.has(line.stream);
    if (timestamps && !goesOn) parts.push(Buffer.from(`${line.time} `));
    parts.push(line.content);
    if (line.partial) {
      this.#open.add(line.stream);
    } else {
      this.#open.delete(line.stream);
      parts.push(NEWLINE);
    }
  }
}
