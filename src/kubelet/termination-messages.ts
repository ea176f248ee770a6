import type { PodFiles } from './edges.ts';
import type { ContainerStatus } from './runtime.ts';
import {
  MESSAGE_FILE_ANNOTATION,
  MESSAGE_POLICY_ANNOTATION,
  type PodRuntime,
} from './runtime-state.ts';

/** Upstream's limits: of a message, and of what is taken from the log's end instead. */
const MESSAGE_BYTES_MAX = 4_096;
const LOG_BYTES_MAX = 2_048;
const LOG_LINES_MAX = 80;

/** The last words of a pod's dead containers, read once each. Bounded by the containers kept. */
export class TerminationMessages {
  readonly #files: PodFiles;
  readonly #messages = new Map<string, string>();

  constructor(files: PodFiles) {
    this.#files = files;
  }

  /** '' where there is none. */
  get(id: string): string {
    return this.#messages.get(id) ?? '';
  }

  /** Reads what has not been read yet and forgets containers that are gone. */
  async load(runtime: PodRuntime): Promise<void> {
    const present = new Set(runtime.containers.map(({ id }) => id));
    for (const id of [...this.#messages.keys()]) if (!present.has(id)) this.#messages.delete(id);
    for (const status of runtime.containers) {
      if (status.state !== 'exited' || this.#messages.has(status.id)) continue;
      this.#messages.set(status.id, await this.#read(status));
    }
  }

  async #read(status: ContainerStatus): Promise<string> {
    const file = status.annotations[MESSAGE_FILE_ANNOTATION] ?? '';
    const written = file === '' ? '' : await this.#files.readTail(file, MESSAGE_BYTES_MAX);
    const policy = status.annotations[MESSAGE_POLICY_ANNOTATION];
    if (written !== '' || policy !== 'FallbackToLogsOnError' || status.exitCode === 0) {
      return written;
    }
    return this.#logTail(status.logPath);
  }

  async #logTail(path: string): Promise<string> {
    const options = { follow: false, tailLines: LOG_LINES_MAX, timestamps: false, stream: 'all' };
    const never = new AbortController().signal;
    let text = '';
    const decoder = new TextDecoder();
    const lines = this.#files.readLog(path, { ...options, stream: 'all' }, never, () => true);
    for await (const line of lines) {
      text = (text + decoder.decode(line)).slice(-LOG_BYTES_MAX);
    }
    return text;
  }
}
