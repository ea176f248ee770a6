/** A message that is cut off, or no protobuf at all. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

/** A field as it stands on the wire: a number for varints, else the bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/**
 * Reads the fields of a protobuf message in their order.
 *
 * @throws WireError
 */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new WireError('unexpected EOF');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, result);
    }
    throw new WireError('integer overflow');
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw new WireError('unexpected EOF');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: take(8) };
        break;
      case 2:
        yield { number, value: take(Number(varint())) };
        break;
      case 5:
        yield { number, value: take(4) };
        break;
      default:
        throw new WireError(`illegal wire type ${tag & 7}`);
    }
  }
}

/** The bytes of a field as text. */
export function textOf(value: bigint | Uint8Array): string {
  if (typeof value === 'bigint') throw new WireError('a number where text belongs');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
}

/** The bytes of a field. */
export function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new WireError('a number where a message belongs');
  return value;
}

/** A field as a number, 0 if it is none. Kubernetes' numbers of 64 bits stay well within what a double holds. */
export function numberOf(value: bigint | Uint8Array): number {
  return typeof value === 'bigint' ? Number(value) : 0;
}
