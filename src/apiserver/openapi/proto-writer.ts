const encoder = new TextEncoder();

/** Writes messages of Protocol Buffers whose fields are texts, true flags and other messages. */
export class ProtoWriter {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  /** A string field; nothing where it is undefined or empty. */
  text(field: number, value: string | undefined): this {
    if (value !== undefined && value !== '') this.bytes(field, encoder.encode(value));
    return this;
  }

  /** A bool field; nothing where it is false. */
  flag(field: number, value: boolean): this {
    if (value) this.#push(Uint8Array.of(...varint(field << 3), 1));
    return this;
  }

  /** A field that holds another message. */
  message(field: number, fill: (writer: ProtoWriter) => void): this {
    const writer = new ProtoWriter();
    fill(writer);
    return this.bytes(field, writer.finish());
  }

  /** A field of bytes. */
  bytes(field: number, value: Uint8Array): this {
    this.#push(Uint8Array.of(...varint((field << 3) | 2), ...varint(value.length)));
    this.#push(value);
    return this;
  }

  /** The whole message. */
  finish(): Uint8Array {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #push(part: Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}
