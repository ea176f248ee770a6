import { canonicalQuantity, QuantityError } from '../quantity.ts';

/** Why a scalar cannot be read, in Go's words. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError';
}

const SECONDS =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const RFC3339 = /^\d{4}-\d\d-\d\d[T]\d\d:\d\d:\d\d(?:\.(\d+))?(?:Z|[+-]\d\d:\d\d)$/;

function parseTime(value: unknown): { readonly ms: number; readonly fraction: string } {
  if (typeof value !== 'string')
    throw new ScalarError(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`);
  const match = RFC3339.exec(value);
  const ms = match === null ? Number.NaN : Date.parse(value);
  if (Number.isNaN(ms))
    throw new ScalarError(
      `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  return { ms, fraction: match![1] ?? '' };
}

/**
 * A metav1.Time in its canonical form: UTC, whole seconds.
 *
 * @throws ScalarError
 */
export function canonicalTime(value: unknown): string {
  if (typeof value === 'string' && SECONDS.test(value)) return value;
  return `${new Date(parseTime(value).ms).toISOString().slice(0, 19)}Z`;
}

/**
 * A metav1.MicroTime in its canonical form: UTC, six digits after the second.
 *
 * @throws ScalarError
 */
export function canonicalMicroTime(value: unknown): string {
  const { ms, fraction } = parseTime(value);
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/**
 * A quantity, given as text or number, in its canonical form.
 *
 * @throws ScalarError
 */
export function canonicalAmount(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new ScalarError(messageOf(() => canonicalQuantity(' ')));
  const text = String(value);
  try {
    return canonicalQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new ScalarError(error.message);
    throw error;
  }
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return '';
}

/**
 * An int32 or a string.
 *
 * @throws ScalarError
 */
export function intOrString(value: unknown): number | string {
  if (typeof value === 'string' || (typeof value === 'number' && (value | 0) === value))
    return value;
  const what = typeof value === 'number' ? `number ${value}` : jsonType(value);
  throw new ScalarError(`json: cannot unmarshal ${what} into Go value of type int32`);
}

/**
 * Bytes in base64; line breaks are dropped.
 *
 * @throws ScalarError
 */
export function canonicalBase64(text: string): string {
  const squeezed = text.replace(/[\r\n]/g, '');
  if (squeezed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(squeezed)) return squeezed;
  const wrong = squeezed.search(/[^A-Za-z0-9+/]/);
  throw new ScalarError(
    `illegal base64 data at input byte ${wrong < 0 ? Math.floor(squeezed.length / 4) * 4 : wrong}`,
  );
}

/** What JSON calls the type of a value, as Go's errors name it. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
