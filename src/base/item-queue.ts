/** How large a queue may grow before it asks for a pause. */
export interface QueueLimits<T> {
  readonly sizeMax: number;
  sizeOf(item: T): number;
  /** Called with true when the queue is full, with false once half of it has been taken. */
  pressed(isFull: boolean): void;
}

/**
 * Hands items from whoever pushes them to one reader. It is never larger than `sizeMax` and what
 * comes before the pause is obeyed. A reader that stops reading lets the rest drop.
 */
export class ItemQueue<T> implements AsyncIterable<T> {
  readonly #limits: QueueLimits<T>;
  #items: T[] = [];
  #size = 0;
  #isFull = false;
  #isEnded = false;
  #isDropping = false;
  #wake: (() => void) | null = null;

  constructor(limits: QueueLimits<T>) {
    this.#limits = limits;
  }

  push(item: T): void {
    if (this.#isEnded || this.#isDropping) return;
    this.#items.push(item);
    this.#size += this.#limits.sizeOf(item);
    if (this.#size >= this.#limits.sizeMax) this.#press(true);
    this.#wake?.();
  }

  /** No more items follow; those in the queue are still read. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** Nobody reads any more: drops what is there and what comes. */
  drop(): void {
    this.#isDropping = true;
    this.#items = [];
    this.#size = 0;
    this.#press(false);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const item = this.#items.shift();
        if (item !== undefined) {
          this.#size -= this.#limits.sizeOf(item);
          if (this.#size <= this.#limits.sizeMax / 2) this.#press(false);
          yield item;
        } else if (this.#isEnded || this.#isDropping) return;
        else await this.#more();
      }
    } finally {
      this.drop();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null;
        resolve();
      };
    });
  }

  #press(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#limits.pressed(isFull);
  }
}
