import type { ServerResponse } from 'node:http';

/**
 * Whether the client of one request still listens. Few requests ask for the signal, and making and
 * aborting one for each costs as much as a fifth of a small answer: it is made when asked for.
 */
export class Connection {
  #abort: AbortController | null = null;
  #closed = false;

  constructor(response: ServerResponse) {
    const close = () => {
      this.#closed = true;
      this.#abort?.abort();
    };
    response.on('close', close);
    response.on('error', close);
  }

  /** True once the answer is out or its client is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Aborts when {@link closed} becomes true. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#closed) this.#abort.abort();
    }
    return this.#abort.signal;
  }
}
