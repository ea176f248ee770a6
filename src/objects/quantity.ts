/**
 * Fixed-point amounts (upstream's resource.Quantity): `100m`, `1.5Gi`, `2e3`. Kept exactly, to the
 * billionth, as upstream does: what is finer is rounded away from zero, what is larger than
 * 2^63-1 is cut to it.
 */

/** How an amount was written, which its canonical text keeps. */
type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** Billionths. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** A text that is no quantity. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const BAD_FORMAT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const BAD_SUFFIX = "unable to parse quantity's suffix";
const BAD_NUMBER = 'unable to parse numeric part of quantity';

const NANO = 1_000_000_000n;
const NANOS_MAX = (2n ** 63n - 1n) * NANO;
/** No longer number matters: leading digits decide, and the rest only rounds. */
const DIGITS_MAX = 100;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIXES = new Map(Object.entries(DECIMAL).map(([suffix, power]) => [power, suffix]));
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Reads an amount.
 *
 * @throws QuantityError with upstream's message when `text` is none
 */
export function parseQuantity(text: string): Quantity {
  const match = /^([+-]?)([0-9]*)(?:(\.)([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text);
  if (match === null || text === '') throw new QuantityError(BAD_FORMAT);
  const [, sign, whole = '', , fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '')
    throw new QuantityError(/^[+-]?\./.test(text) ? BAD_NUMBER : BAD_FORMAT);
  const { format, power, base } = parseSuffix(suffix);
  const nanos = toNanos(whole + fraction, power - (base === 10 ? fraction.length : 0), {
    binaryPower: base === 2 ? power : 0,
    fractionDigits: base === 2 ? fraction.length : 0,
  });
  return { nanos: sign === '-' ? -nanos : nanos, format };
}

interface Suffix {
  readonly format: QuantityFormat;
  readonly base: 2 | 10;
  readonly power: number;
}

function parseSuffix(suffix: string): Suffix {
  const decimal = DECIMAL[suffix];
  if (decimal !== undefined) return { format: 'DecimalSI', base: 10, power: decimal };
  const binary = BINARY.indexOf(suffix);
  if (binary > 0) return { format: 'BinarySI', base: 2, power: binary * 10 };
  const exponent = /^[eE]([+-]?[0-9]{1,18})$/.exec(suffix)?.[1];
  if (exponent === undefined) throw new QuantityError(BAD_SUFFIX);
  return { format: 'DecimalExponent', base: 10, power: Number(exponent) };
}

/** `allDigits` * 10^`power`, or * 2^binaryPower / 10^fractionDigits, in billionths, rounded up. */
function toNanos(
  allDigits: string,
  power: number,
  binary: { readonly binaryPower: number; readonly fractionDigits: number },
): bigint {
  const digits = allDigits.replace(/^0+/, '');
  if (digits === '') return 0n;
  const kept = digits.slice(0, DIGITS_MAX);
  const isCut = /[1-9]/.test(digits.slice(DIGITS_MAX));
  const scale =
    (binary.binaryPower > 0 ? -binary.fractionDigits : power) + (digits.length - kept.length) + 9;
  if (kept.length + scale > 40) return NANOS_MAX;
  if (kept.length + scale < -30) return 1n;
  let value = BigInt(kept) * 2n ** BigInt(binary.binaryPower);
  let isInexact = isCut;
  if (scale >= 0) value *= 10n ** BigInt(scale);
  else {
    const divisor = 10n ** BigInt(-scale);
    isInexact ||= value % divisor !== 0n;
    value /= divisor;
  }
  if (isInexact) value += 1n;
  return value > NANOS_MAX ? NANOS_MAX : value;
}

/** Writes an amount in canonical form: no fraction, the largest suffix that loses nothing. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) {
    let value = size / NANO;
    let step = 0;
    for (; value % 1024n === 0n && step < BINARY.length - 1; step++) value /= 1024n;
    return `${sign}${value}${BINARY[step]}`;
  }
  let value = size;
  let power = -9;
  for (; value % 1000n === 0n && power < 18; power += 3) value /= 1000n;
  if (format === 'DecimalExponent') return `${sign}${value}${power === 0 ? '' : `e${power}`}`;
  return `${sign}${value}${DECIMAL_SUFFIXES.get(power)}`;
}

/** Nearly all amounts users write: at most three digits and a suffix are canonical already. */
const CANONICAL = /^(?:0|[1-9][0-9]{0,2}(?:[mkMGTP]|Ki|Mi|Gi|Ti)?)$/;

/**
 * The canonical text of an amount: `1000m` -> `1`, `0.1` -> `100m`, `1024Mi` -> `1Gi`.
 *
 * @throws QuantityError
 */
export function canonicalQuantity(text: string): string {
  return CANONICAL.test(text) ? text : formatQuantity(parseQuantity(text));
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** The sum, in the format of `a` (of `b` where `a` is zero), as upstream's Quantity.Add. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** `a` less `b`, in the format of `a` (of `b` where `a` is zero), as upstream's Quantity.Sub. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

function divideUp(value: bigint, divisor: bigint): number {
  const quotient = value / divisor;
  if (value % divisor === 0n) return Number(quotient);
  return Number(value > 0n ? quotient + 1n : quotient - 1n);
}

/** Whole units (bytes of a memory amount), rounded away from zero. Exact below 2^53. */
export function wholeValue(quantity: Quantity): number {
  return divideUp(quantity.nanos, NANO);
}

/** Thousandths (millicores of a CPU amount), rounded away from zero. Exact below 2^53. */
export function milliValue(quantity: Quantity): number {
  return divideUp(quantity.nanos, 1_000_000n);
}
