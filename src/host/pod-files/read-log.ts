import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { LogReadOptions } from '../../kubelet/edges.ts';
import { LogDecoder } from './log-decoder.ts';
import { tailOffset } from './tail-offset.ts';

const CHUNK_BYTES = 64 * 1024;
/** A container's end shows in no file: so often a follower looks whether it has come. */
const LOOK_MS = 500;

/**
 * Reads a container's log, see {@link PodFiles.readLog}. A follower is woken by inotify, reads a
 * file that was moved away to its end, and goes on with the new one at the same path.
 */
export async function* readLog(
  path: string,
  options: LogReadOptions,
  clock: Clock,
  signal: AbortSignal,
  ended: () => boolean,
): AsyncIterable<Uint8Array> {
  const decoder = new LogDecoder(options);
  const wake = options.follow ? new Wake(path, clock, signal) : null;
  let file: FileHandle | null = null;
  let offset = 0;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    file = await openIfThere(path);
    if (file !== null && options.tailLines !== undefined) {
      offset = await tailOffset(file, options.tailLines);
    }
    while (!signal.aborted && !decoder.full) {
      // Before reading: what was written before the end is then read for certain.
      const last = wake === null || ended();
      const bytesRead =
        file === null ? 0 : (await file.read(chunk, 0, CHUNK_BYTES, offset)).bytesRead;
      if (bytesRead > 0) {
        offset += bytesRead;
        const text = decoder.push(chunk.subarray(0, bytesRead));
        if (text.length > 0) yield text;
        continue;
      }
      const next = await nextFile(path, file);
      if (next !== null) {
        await file?.close();
        file = next;
        offset = 0;
        decoder.reset();
        continue;
      }
      if (last || wake === null) return;
      await wake.next();
    }
  } finally {
    wake?.stop();
    await file?.close();
  }
}

/** The file at `path` when it is not `current`, else null. */
async function nextFile(path: string, current: FileHandle | null): Promise<FileHandle | null> {
  const there = await stat(path).catch(() => null);
  if (there === null) return null;
  if (current !== null && (await current.stat()).ino === there.ino) return null;
  return openIfThere(path);
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Waits for a change of one file in its folder. */
class Wake {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #watcher: FSWatcher | null = null;
  #changed = false;
  #notify: (() => void) | null = null;

  constructor(path: string, clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    const name = basename(path);
    try {
      this.#watcher = watch(dirname(path), { persistent: false }, (_, changed) => {
        if (changed === null || changed === name) this.#wake();
      });
      this.#watcher.on('error', () => {});
    } catch {
      // The folder is not there yet, or watches have run out: the look at the end serves.
    }
    signal.addEventListener('abort', this.#wake, { once: true });
  }

  next(): Promise<void> {
    if (this.#changed || this.#signal.aborted) {
      this.#changed = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = this.#clock.timer(LOOK_MS, () => this.#wake());
      this.#notify = () => {
        timer.cancel();
        this.#changed = false;
        resolve();
      };
    });
  }

  stop(): void {
    this.#watcher?.close();
    this.#signal.removeEventListener('abort', this.#wake);
    this.#wake();
  }

  readonly #wake = (): void => {
    this.#changed = true;
    const notify = this.#notify;
    this.#notify = null;
    notify?.();
  };
}
