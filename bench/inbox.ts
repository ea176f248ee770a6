const EMPTY = Buffer.alloc(0);

/** Bytes that have come and were not taken yet, joined only for who looks at them. */
export class Inbox {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** How many wait. */
  get length(): number {
    return this.#bytes;
  }

  push(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  /** Where `mark` begins, or -1. */
  indexOf(mark: Buffer): number {
    return this.#joined().indexOf(mark);
  }

  /** Takes the next `bytes`, which must be there. */
  take(bytes: number): Buffer {
    const all = this.#joined();
    this.#bytes -= bytes;
    this.#parts = this.#bytes === 0 ? [] : [all.subarray(bytes)];
    return all.subarray(0, bytes);
  }

  /** Drops up to `bytes` without a look at them, and answers how many there were. */
  drop(bytes: number): number {
    let left = bytes;
    while (left > 0) {
      const part = this.#parts[0];
      if (part === undefined) break;
      if (part.length > left) this.#parts[0] = part.subarray(left);
      else this.#parts.shift();
      left -= Math.min(left, part.length);
    }
    this.#bytes -= bytes - left;
    return bytes - left;
  }

  #joined(): Buffer {
    if (this.#parts.length === 0) return EMPTY;
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0] as Buffer;
  }
}
