/** Begins each event of a watch that the scenarios make, and is nowhere else in it. */
const EVENT = Buffer.from('{"type":"MODIFIED"');

/** Counts the events in the bytes of a watch, wherever these are cut, without joining them. */
export class EventCounter {
  readonly #count: number;
  readonly #done: () => void;
  /** The end of what has come: an event's beginning may be cut. */
  #tail: Buffer = Buffer.alloc(0);
  #seen = 0;

  /** Calls `done` once `count` events have come. */
  constructor(count: number, done: () => void) {
    this.#count = count;
    this.#done = done;
  }

  push(chunk: Buffer): void {
    const across = Buffer.concat([this.#tail, chunk.subarray(0, EVENT.length - 1)]);
    this.#search(across);
    this.#search(chunk);
    const end = chunk.length >= EVENT.length ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = end.subarray(Math.max(0, end.length - EVENT.length + 1));
  }

  #search(bytes: Buffer): void {
    for (let at = bytes.indexOf(EVENT); at >= 0; at = bytes.indexOf(EVENT, at + EVENT.length)) {
      this.#seen++;
      if (this.#seen === this.#count) this.#done();
    }
  }
}
