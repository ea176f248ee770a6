/** The few forms of DER (ITU-T X.690) that certificates are written in. */

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/** RFC 5280 4.1.2.5: years from this one on are written as GeneralizedTime. */
const FIRST_LONG_YEAR = 2050;

/** One value: its tag, its length and its content. */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function sequence(...values: readonly Uint8Array[]): Buffer {
  return tagged(TAG.sequence, ...values);
}

/** A set of one: DER would have more of them sorted. */
export function setOf(value: Uint8Array): Buffer {
  return tagged(TAG.set, value);
}

export function boolean(value: boolean): Buffer {
  return tagged(TAG.boolean, Buffer.from([value ? 0xff : 0]));
}

/** @param bytes the number, most significant byte first, and its first bit is not a sign */
export function positiveInteger(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  const sign = (digits[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0);
  return tagged(TAG.integer, sign, digits);
}

/** @param unusedBits how many bits at the end do not count */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return tagged(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return tagged(TAG.octetString, bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(TAG.utf8String, Buffer.from(text));
}

/** @param dotted such as 2.5.29.17 */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap(base128);
  return tagged(TAG.objectIdentifier, Buffer.from(bytes));
}

/** Groups of seven bits, all but the last with their top bit set. */
function base128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
  return groups;
}

/** A moment, to the second, in the form that its year asks for. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
  return date.getUTCFullYear() < FIRST_LONG_YEAR
    ? tagged(TAG.utcTime, Buffer.from(digits.slice(2)))
    : tagged(TAG.generalizedTime, Buffer.from(digits));
}

/**
 * The values inside a sequence, or another value made of values, each with tag and length.
 *
 * @throws Error when `bytes` do not hold what their lengths say
 */
export function valuesIn(bytes: Buffer): Buffer[] {
  const values: Buffer[] = [];
  const { start, end } = contentOf(bytes, 0);
  for (let at = start; at < end; ) {
    const next = contentOf(bytes, at).end;
    values.push(bytes.subarray(at, next));
    at = next;
  }
  return values;
}

function contentOf(bytes: Buffer, at: number): { start: number; end: number } {
  const first = bytes[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  const isLong = lengthBytes > 0 && lengthBytes <= 4 && start <= bytes.length;
  const length = isLong ? bytes.readUIntBE(at + 2, lengthBytes) : first;
  if ((lengthBytes > 0 && !isLong) || start + length > bytes.length) {
    throw new Error('Cannot read DER: a value is longer than its bytes');
  }
  return { start, end: start + length };
}
