/**
 * Starts of one container under way. containerd's shim does one after the other anyway, and tells
 * of a process's end only after the starts that wait there: with many of them it falls so far
 * behind that each further end costs it a second.
 */
export const STARTS_MAX = 2;

interface Starts {
  running: number;
  readonly waiting: (() => void)[];
}

/** Lets a few commands of each container start at a time, in order. */
export class ExecStarts {
  /** One entry a container in which something starts. */
  readonly #starts = new Map<string, Starts>();

  /**
   * Calls `start` when it is its turn, and answers as it does. Does not call it any more once
   * `signal` has aborted.
   *
   * @throws the signal's reason then
   */
  async inTurn<T>(containerId: string, start: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const starts = this.#starts.get(containerId) ?? { running: 0, waiting: [] };
    this.#starts.set(containerId, starts);
    if (starts.running < STARTS_MAX) starts.running++;
    // Whoever leaves hands its turn over.
    else await new Promise<void>((resolve) => starts.waiting.push(resolve));
    try {
      signal?.throwIfAborted();
      return await start();
    } finally {
      this.#leave(containerId, starts);
    }
  }

  #leave(containerId: string, starts: Starts): void {
    const next = starts.waiting.shift();
    if (next !== undefined) next();
    else if (--starts.running === 0) this.#starts.delete(containerId);
  }
}
