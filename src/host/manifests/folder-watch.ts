import { type FSWatcher, statSync, watch } from 'node:fs';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';

/** A file is often written in several steps: this long after the last one it is told. */
const SETTLE_MS = 50;
/** While the folder cannot be watched it is told to have changed every so often (upstream's 20 s). */
const RESCAN_MS = 20_000;

/**
 * Tells soon after something in a folder may have changed. The system's own watch does it, so a
 * quiet folder costs nothing; only while that cannot be had a timer takes its place. A folder that
 * is removed or replaced is found again. Owns one watch and one timer.
 */
export class FolderWatch {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #changed: () => void;
  #watcher: FSWatcher | null = null;
  /** Which folder is watched: another may come into its place. */
  #inode = 0;
  #timer: Timer | null = null;
  #isTold = false;

  constructor(folder: string, clock: Clock, log: Log, changed: () => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#log = log;
    this.#changed = changed;
  }

  /** Watches until `signal` aborts. */
  start(signal: AbortSignal): void {
    if (signal.aborted) return;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    this.#begin();
    if (this.#watcher === null) this.#arm(RESCAN_MS);
  }

  #stop(): void {
    this.#timer?.cancel();
    this.#close();
  }

  #begin(): void {
    try {
      const { ino } = statSync(this.#folder);
      const watcher = watch(this.#folder, { persistent: false });
      watcher.on('change', () => this.#arm(SETTLE_MS));
      watcher.on('error', (error) => this.#lost(error));
      this.#watcher = watcher;
      this.#inode = ino;
      this.#isTold = false;
    } catch (error) {
      this.#lost(error);
    }
  }

  #lost(error: unknown): void {
    this.#close();
    if (this.#isTold) return;
    this.#isTold = true;
    const fields = { folder: this.#folder, rescanMs: RESCAN_MS, error: String(error) };
    this.#log.warn('folder not watched, it is looked at from time to time', fields);
    this.#arm(SETTLE_MS);
  }

  #close(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.timer(delayMs, () => this.#tell());
  }

  #tell(): void {
    if (this.#watcher === null || !this.#isSame()) {
      this.#close();
      this.#begin();
    }
    if (this.#watcher === null) this.#arm(RESCAN_MS);
    this.#changed();
  }

  #isSame(): boolean {
    return statSync(this.#folder, { throwIfNoEntry: false })?.ino === this.#inode;
  }
}
