import type { TerminalSize } from '../../base/byte-streams.ts';
import { ItemQueue } from '../../base/item-queue.ts';

/** Sizes of a terminal that wait to be applied; the newest of them is what counts. */
const SIZES_MAX = 16;
/** A size is a short line; what is longer is none. */
const SIZE_BYTES_MAX = 1_024;

/** Sizes of a client's terminal: `{"Width":80,"Height":24}` each. */
export class TerminalSizes {
  readonly #queue = new ItemQueue<TerminalSize>({
    sizeMax: SIZES_MAX,
    sizeOf: () => 1,
    pressed: (isFull) => {
      this.#isFull = isFull;
    },
  });
  #isFull = false;
  #text = '';

  get sizes(): AsyncIterable<TerminalSize> {
    return this.#queue;
  }

  /** Takes in bytes, which may hold several sizes or a part of one; what is none is dropped. */
  take(bytes: Uint8Array): void {
    this.#text = (this.#text + Buffer.from(bytes).toString()).slice(-SIZE_BYTES_MAX);
    for (let end = this.#text.indexOf('}'); end >= 0; end = this.#text.indexOf('}')) {
      const size = parseSize(this.#text.slice(0, end + 1));
      this.#text = this.#text.slice(end + 1);
      if (size !== null && !this.#isFull) this.#queue.push(size);
    }
  }

  end(): void {
    this.#queue.end();
  }
}

function parseSize(text: string): TerminalSize | null {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    const isSize = (value: unknown): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
    return isSize(Width) && isSize(Height) ? { columns: Width, rows: Height } : null;
  } catch {
    return null;
  }
}

/**
 * How a Status goes to the client: as JSON from the fourth version of the protocol on, before that
 * as its bare text, or not at all when all went well.
 */
export function statusBytes(status: Readonly<Record<string, unknown>>, isJson: boolean): Buffer {
  if (isJson) return Buffer.from(JSON.stringify(status));
  return Buffer.from(status.status === 'Success' ? '' : String(status.message ?? ''));
}
