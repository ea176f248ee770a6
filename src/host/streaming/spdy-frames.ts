/** The frames of SPDY/3.1 that Kubernetes' clients and container runtimes send. */

/** Bit of a frame's flags: nothing follows from its sender on this stream. */
export const FIN = 1;
const HEADER_BYTES = 8;
const VERSION = 3;
/** Headers and the like; data frames are handed on in pieces and need no bound. */
const CONTROL_BYTES_MAX = 64 * 1024;
/** The length of a frame has 24 bits, but readers make room for all of it at once. */
export const DATA_BYTES_MAX = 64 * 1024;

/** Control frames by number. */
export const CONTROL = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Why a stream is reset. */
export const RESET = { protocolError: 1, invalidStream: 2, refused: 3, cancel: 5 } as const;

/** Takes in the frames of one connection. */
export interface FrameListener {
  /** Bytes of a stream as they come, and whether they are its last. */
  data(streamId: number, bytes: Buffer, isLast: boolean): void;
  control(type: number, flags: number, body: Buffer): void;
}

/** Cuts a connection's bytes into frames. */
export class FrameReader {
  readonly #listener: FrameListener;
  /** The head of a frame, or a control frame, that has not come whole yet. */
  #pending: Buffer = Buffer.alloc(0);
  #data: { streamId: number; isLast: boolean; left: number } | null = null;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** @throws Error on what is no SPDY/3.1 frame, or too large a one */
  read(chunk: Buffer): void {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    for (;;) {
      if (this.#data !== null) {
        if (rest.length === 0) return;
        rest = this.#readData(rest);
        continue;
      }
      const used = this.#readHead(rest);
      if (used === 0) break;
      rest = rest.subarray(used);
    }
    this.#pending = rest;
  }

  #readData(bytes: Buffer): Buffer {
    const data = this.#data!;
    const piece = bytes.subarray(0, data.left);
    data.left -= piece.length;
    if (data.left === 0) this.#data = null;
    this.#listener.data(data.streamId, piece, data.left === 0 && data.isLast);
    return bytes.subarray(piece.length);
  }

  /** Answers how many bytes it has used; 0 when there are too few. */
  #readHead(bytes: Buffer): number {
    if (bytes.length < HEADER_BYTES) return 0;
    const word = bytes.readUInt32BE(0);
    const flags = bytes.readUInt8(4);
    const length = bytes.readUIntBE(5, 3);
    if (word < 0x80000000) {
      const isLast = (flags & FIN) !== 0;
      if (length > 0) this.#data = { streamId: word, isLast, left: length };
      else this.#listener.data(word, bytes.subarray(0, 0), isLast);
      return HEADER_BYTES;
    }
    if (((word >>> 16) & 0x7fff) !== VERSION) throw new Error('not SPDY/3.1');
    if (length > CONTROL_BYTES_MAX) throw new Error('SPDY frame too large');
    const end = HEADER_BYTES + length;
    if (bytes.length < end) return 0;
    this.#listener.control(word & 0xffff, flags, bytes.subarray(HEADER_BYTES, end));
    return end;
  }
}

/** A control frame. */
export function controlFrame(type: number, flags: number, ...parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE((0x80000000 | (VERSION << 16) | type) >>> 0, 0);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(length, 5, 3);
  return Buffer.concat([head, ...parts]);
}

/** A frame of data, of at most {@link DATA_BYTES_MAX} bytes. */
export function dataFrame(streamId: number, bytes: Uint8Array, isLast: boolean): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  frame.writeUInt32BE(streamId, 0);
  frame.writeUInt8(isLast ? FIN : 0, 4);
  frame.writeUIntBE(bytes.length, 5, 3);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

/** Numbers of 32 bits, as control frames hold them. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}
