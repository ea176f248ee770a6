/** One line of a container's log. */
export interface SimLogLine {
  /** Epoch ms. */
  readonly at: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Lines kept of one log; the oldest go first. */
const LOG_LINES_MAX = 10_000;

/** The node's disk of a simulation: files and logs by absolute path. */
export class SimDisk {
  readonly files = new Map<string, string>();
  readonly #logs = new Map<string, SimLogLine[]>();
  readonly #watchers = new Map<string, Set<() => void>>();

  log(path: string): readonly SimLogLine[] {
    return this.#logs.get(path) ?? [];
  }

  append(path: string, line: SimLogLine): void {
    const lines = this.#logs.get(path) ?? [];
    lines.push(line);
    if (lines.length > LOG_LINES_MAX) lines.shift();
    this.#logs.set(path, lines);
    this.stir(path);
  }

  /** Wakes readers that follow the log, as after its container's end. */
  stir(path: string): void {
    for (const wake of [...(this.#watchers.get(path) ?? [])]) wake();
  }

  /** Resolves at the next change of a log, or when `signal` aborts. */
  changed(path: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(path) ?? new Set();
      this.#watchers.set(path, watchers);
      const wake = () => {
        watchers.delete(wake);
        if (watchers.size === 0) this.#watchers.delete(path);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      watchers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Removes a file, a log, or all below a folder. */
  remove(path: string): void {
    for (const map of [this.files, this.#logs]) {
      for (const key of [...map.keys()]) {
        if (key === path || key.startsWith(`${path}/`)) map.delete(key);
      }
    }
  }
}
