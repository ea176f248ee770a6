/**
 * The part of Protocol Buffers that CRI, containerd's own services and grpc.health.v1 need, with
 * messages described in TypeScript. A library costs 150 ms of every start and reads whole .proto
 * files; here a message is a table of fields and nothing is loaded.
 *
 * Left out on purpose: groups, floats, fixed integers, unsigned 64-bit values beyond 2^53.
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How one field is read, as an `Out`, and written, from an `In`. */
export interface Field<Out, In = Out> {
  readonly number: number;
  readonly initial: () => Out;
  readonly write: (writer: Writer, value: In) => void;
  /** Answers the new value of the field; `previous` matters for repeated fields. */
  readonly read: (reader: Reader, previous: Out) => Out;
}

// biome-ignore lint/suspicious/noExplicitAny: a table of fields of different types.
type Fields = Readonly<Record<string, Field<any, any>>>;
type OutOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer Out, infer _In> ? Out : never;
};
type InOf<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Field<infer _Out, infer In> ? In : never;
};

/**
 * Encodes and decodes one message type. What is decoded has every field, absent ones as their
 * zero value; what is encoded may leave any out.
 */
export interface Message<Out, In> {
  encode(value: In): Uint8Array;
  decode(bytes: Uint8Array): Out;
}

/** What a message decodes to. */
export type Decoded<M> = M extends Message<infer Out, infer _In> ? Out : never;
/** What a message is encoded from. */
export type Encodable<M> = M extends Message<infer _Out, infer In> ? In : never;

/** Describes a message by its fields, in camel case as the JSON mapping has them. */
export function message<F extends Fields>(fields: F): Message<OutOf<F>, InOf<F>> {
  const entries = Object.entries(fields);
  const byNumber = new Map(entries.map(([name, field]) => [field.number, [name, field] as const]));
  return {
    encode(value) {
      const writer = new Writer();
      for (const [name, field] of entries) {
        const content = value[name as keyof F] as unknown;
        if (content !== undefined) field.write(writer, content);
      }
      return writer.finish();
    },
    decode(bytes) {
      const reader = new Reader(bytes);
      const result: Record<string, unknown> = {};
      for (const [name, field] of entries) result[name] = field.initial();
      while (!reader.atEnd()) {
        const tag = reader.varint();
        const known = byNumber.get(tag >>> 3);
        if (known === undefined) reader.skip(tag & 7);
        else result[known[0]] = known[1].read(reader, result[known[0]]);
      }
      return result as OutOf<F>;
    },
  };
}

/** A `string`. */
export function string(number: number): Field<string> {
  return {
    number,
    initial: () => '',
    write: (writer, value) => {
      if (value !== '') writer.bytes(number, encoder.encode(value));
    },
    read: (reader) => decoder.decode(reader.bytes()),
  };
}

/** A `bytes`. */
export function bytes(number: number): Field<Uint8Array> {
  return {
    number,
    initial: () => new Uint8Array(),
    write: (writer, value) => {
      if (value.length > 0) writer.bytes(number, value);
    },
    read: (reader) => reader.bytes().slice(),
  };
}

/** An `int32`, `int64`, `uint32`, `uint64` or enum; exact up to 2^53. */
export function int(number: number): Field<number> {
  return {
    number,
    initial: () => 0,
    write: (writer, value) => {
      if (value !== 0) writer.integer(number, value);
    },
    read: (reader) => reader.varint(),
  };
}

/** A `bool`. */
export function bool(number: number): Field<boolean> {
  return {
    number,
    initial: () => false,
    write: (writer, value) => {
      if (value) writer.integer(number, 1);
    },
    read: (reader) => reader.varint() !== 0,
  };
}

/** A message inside a message; absent is null. */
export function nested<Out, In>(
  number: number,
  type: Message<Out, In>,
): Field<Out | null, In | null> {
  return {
    number,
    initial: () => null,
    write: (writer, value) => {
      if (value !== null) writer.bytes(number, type.encode(value));
    },
    read: (reader) => type.decode(reader.bytes()),
  };
}

/** A `repeated` message. */
export function messages<Out, In>(
  number: number,
  type: Message<Out, In>,
): Field<readonly Out[], readonly In[]> {
  return {
    number,
    initial: () => [],
    write: (writer, values) => {
      for (const value of values) writer.bytes(number, type.encode(value));
    },
    read: (reader, previous) => append(previous, type.decode(reader.bytes())),
  };
}

/** A `repeated string`. */
export function strings(number: number): Field<readonly string[]> {
  return {
    number,
    initial: () => [],
    write: (writer, values) => {
      for (const value of values) writer.bytes(number, encoder.encode(value));
    },
    read: (reader, previous) => append(previous, decoder.decode(reader.bytes())),
  };
}

/** A `repeated int64`, packed as proto3 writes it; reads both forms at length 2. */
export function ints(number: number): Field<readonly number[]> {
  return {
    number,
    initial: () => [],
    write: (writer, values) => {
      if (values.length === 0) return;
      const packed = new Writer();
      for (const value of values) packed.varint(value);
      writer.bytes(number, packed.finish());
    },
    read: (reader, previous) => {
      const packed = new Reader(reader.bytes());
      let values = previous;
      while (!packed.atEnd()) values = append(values, packed.varint());
      return values;
    },
  };
}

const MapEntry = message({ key: string(1), value: string(2) });

/** A `map<string, string>`. */
export function stringMap(number: number): Field<Readonly<Record<string, string>>> {
  return {
    number,
    initial: () => ({}),
    write: (writer, map) => {
      for (const [key, value] of Object.entries(map)) {
        writer.bytes(number, MapEntry.encode({ key, value }));
      }
    },
    read: (reader, previous) => {
      const { key, value } = MapEntry.decode(reader.bytes());
      return Object.assign(previous, { [key]: value });
    },
  };
}

/** Decoding builds its own arrays, so it may add to them in place. */
function append<T>(previous: readonly T[], value: T): readonly T[] {
  (previous as T[]).push(value);
  return previous;
}

/** Collects the bytes of one message. */
export class Writer {
  #buffer = new Uint8Array(64);
  #length = 0;

  /** A field of wire type "varint". */
  integer(number: number, value: number): void {
    this.varint(number * 8 + VARINT);
    this.varint(value);
  }

  /** A field of wire type "length delimited". */
  bytes(number: number, value: Uint8Array): void {
    this.varint(number * 8 + LENGTH);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Negative values take ten bytes, as two's complement of 64 bits. */
  varint(value: number): void {
    this.#reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 127n) | 128;
      this.#buffer[this.#length++] = Number(rest);
      return;
    }
    let rest = value;
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + count));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Walks over the bytes of one message. Throws RangeError where they end too early. */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  varint(): number {
    let low = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#offset++];
      if (byte === undefined) throw new RangeError('protobuf: message ends within a number');
      // The tenth byte holds the sign bit of 64: everything before it adds up to 2^64 - |value|.
      if (i === 9) return this.#negative(this.#offset - 10);
      low += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return low;
    }
    throw new RangeError('protobuf: number longer than ten bytes');
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new RangeError('protobuf: message ends within a field');
    const view = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return view;
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) this.bytes();
    else if (wireType === FIXED64) this.#offset += 8;
    else if (wireType === FIXED32) this.#offset += 4;
    else throw new RangeError(`protobuf: unknown wire type ${wireType}`);
  }

  #negative(start: number): number {
    let value = 0n;
    for (let i = 9; i >= 0; i--) value = (value << 7n) | BigInt(this.#bytes[start + i]! & 127);
    return Number(BigInt.asIntN(64, value));
  }
}
