import { type FileHandle, open } from 'node:fs/promises';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Span, TraceDetails, Tracer, Track } from '../../base/tracer.ts';
import { TraceTracks } from './trace-tracks.ts';

/** A file that has grown to this takes no more; it loads in a browser still. */
export const TRACE_BYTES_MAX = 64 * 1024 * 1024;
/** Events wait for others to be written with, but not longer than this. */
const FLUSH_MS = 1_000;
const FLUSH_BYTES = 64 * 1024;
/** Left for the end of the file. */
const TAIL_BYTES = 512;

/**
 * Writes Chrome's trace format: a JSON array of events, which Perfetto and chrome://tracing show. A
 * file without the closing bracket, as a kill leaves it, loads as well.
 */
export class TraceFile implements Tracer {
  readonly enabled = true;
  readonly #file: FileHandle;
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #tracks = new TraceTracks((event) => this.#add(event));
  /** Never more than what still fits into the file. */
  #pending: string[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  #isFull = false;
  #isClosed = false;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();

  /** Use {@link openTrace}. */
  constructor(file: FileHandle, clock: Clock, bytesMax: number) {
    this.#file = file;
    this.#clock = clock;
    this.#bytesMax = bytesMax - TAIL_BYTES;
    this.#append('[\n');
  }

  span(track: Track, name: string, details?: TraceDetails): Span {
    if (this.#isFull || this.#isClosed) return NO_MORE;
    const row = this.#tracks.take(track);
    const beganAt = this.#clock.monotonic();
    let isOpen = true;
    return {
      end: (more) => {
        if (!isOpen) return;
        isOpen = false;
        const ts = micros(beganAt);
        const dur = micros(this.#clock.monotonic()) - ts;
        const { pid, tid } = row;
        const args = more === undefined ? details : { ...details, ...more };
        this.#add({ ph: 'X', name, cat: track.group, ts, dur, pid, tid, args });
        this.#tracks.release(row);
      },
    };
  }

  mark(track: Track, name: string, details?: TraceDetails): void {
    if (this.#isFull || this.#isClosed) return;
    const row = this.#tracks.take(track);
    const { pid, tid } = row;
    const ts = micros(this.#clock.monotonic());
    this.#add({ ph: 'i', s: 't', name, cat: track.group, ts, pid, tid, args: details });
    this.#tracks.release(row);
  }

  /** Writes what waits and closes the array and the file. Nothing is recorded after. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // JSON allows no comma at the end: the last event has none.
    const args = { complete: !this.#isFull };
    const last = { ph: 'i', s: 'g', name: 'end of trace', ts: micros(this.#clock.monotonic()) };
    this.#append(`${JSON.stringify({ ...last, pid: 0, tid: 0, args })}\n]\n`);
    this.#flush();
    await this.#writing.finally(() => this.#file.close());
  }

  #add(event: object): void {
    if (this.#isFull || this.#isClosed) return;
    const line = `${JSON.stringify(event)},\n`;
    if (this.#bytes + line.length > this.#bytesMax) this.#isFull = true;
    else this.#append(line);
  }

  #append(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#pending.push(text);
    this.#pendingBytes += bytes;
    this.#bytes += bytes;
    if (this.#pendingBytes >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= this.#clock.timer(FLUSH_MS, () => this.#flush());
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const text = this.#pending.join('');
    this.#pending = [];
    this.#pendingBytes = 0;
    // A disk that refuses ends the trace, not the cluster.
    this.#writing = this.#writing
      .then(async () => {
        await this.#file.appendFile(text);
      })
      .catch(() => {
        this.#isFull = true;
      });
  }
}

const NO_MORE: Span = { end() {} };

/**
 * Begins a trace in `path`; what the file held is gone.
 *
 * @throws the system's error when it cannot be written
 */
export async function openTrace(
  path: string,
  clock: Clock,
  bytesMax = TRACE_BYTES_MAX,
): Promise<TraceFile> {
  return new TraceFile(await open(path, 'w', 0o644), clock, bytesMax);
}

function micros(ms: number): number {
  return Math.round(ms * 1000);
}
