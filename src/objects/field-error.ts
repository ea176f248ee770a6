import { ApiError } from './api-error.ts';
import { goJson, goQuote } from './go-quote.ts';
import type { Path } from './path.ts';

export { Path } from './path.ts';

/** What is wrong, and upstream's words for it. */
const WORDS = {
  NotFound: 'Not found',
  Required: 'Required value',
  Duplicate: 'Duplicate value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
  TooShort: 'Too short',
  TooMany: 'Too many',
  TooFew: 'Too few',
  TypeInvalid: 'Invalid value',
} as const;

type FieldErrorType = keyof typeof WORDS;

/** These never show the bad value. */
const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set<FieldErrorType>([
  'Required',
  'Forbidden',
  'TooLong',
  'TooShort',
]);

/** A bad value that messages leave out. */
const omittedValue: unique symbol = Symbol('omitted');

/** One complaint about one field, as upstream's field.Error. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.containers[0].image` */
  readonly field: string;
  /** Anything JSON can hold; shown in messages unless left out. */
  readonly badValue: unknown;
  readonly detail: string;
}

type At = Path | string;

function make(type: FieldErrorType, at: At, badValue: unknown, detail: string): FieldError {
  return { type, field: String(at), badValue, detail };
}

/** The field must be set. */
export function required(at: At, detail = ''): FieldError {
  return make('Required', at, '', detail);
}

/** The value is malformed or out of bounds. */
export function invalid(at: At, value: unknown, detail: string): FieldError {
  return make('Invalid', at, value, detail);
}

/** The value is none of `supported`, which upstream's callers mostly hand over sorted. */
export function notSupported(at: At, value: unknown, supported: readonly string[]): FieldError {
  const detail =
    supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`;
  return make('NotSupported', at, value, detail);
}

/** A well-formed value that is not allowed here. */
export function forbidden(at: At, detail: string): FieldError {
  return make('Forbidden', at, '', detail);
}

/** The value occurs already and must be unique. */
export function duplicate(at: At, value: unknown): FieldError {
  return make('Duplicate', at, value, '');
}

/** Something named by the field does not exist. */
export function notFound(at: At, value: unknown): FieldError {
  return make('NotFound', at, value, '');
}

/** The value is not of the schema's type. */
export function typeInvalid(at: At, value: unknown, detail: string): FieldError {
  return make('TypeInvalid', at, value, detail);
}

/** The text has more than `maxBytes` bytes. */
export function tooLong(at: At, maxBytes: number): FieldError {
  const detail = `may not be more than ${maxBytes} ${maxBytes === 1 ? 'byte' : 'bytes'}`;
  return make('TooLong', at, '<value omitted>', detail);
}

/** The list has `actual` items (left out of the message when negative), more than `max`. */
export function tooMany(at: At, actual: number, max: number): FieldError {
  const detail = `must have at most ${max} ${max === 1 ? 'item' : 'items'}`;
  return make('TooMany', at, actual < 0 ? omittedValue : actual, detail);
}

/** The complaint without the field: `Invalid value: "A": must be lower case`. */
function messageBody(error: FieldError): string {
  const words = WORDS[error.type];
  const hidden = WITHOUT_VALUE.has(error.type) || error.badValue === omittedValue;
  const body = hidden ? words : `${words}: ${show(error.badValue)}`;
  return error.detail === '' ? body : `${body}: ${error.detail}`;
}

/** The whole complaint: `metadata.name: Required value`. */
export function message(error: FieldError): string {
  return `${error.field}: ${messageBody(error)}`;
}

/** The metav1.CauseType, such as FieldValueRequired. */
export function causeReason(error: FieldError): string {
  return `FieldValue${error.type}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? goQuote(value) : goJson(value);
}

/** Several messages as upstream's aggregate of errors shows them: doubles dropped, in brackets. */
export function joinMessages(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
}

/** The answer 422 for an object with `errors` (at least one): `Pod "x" is invalid: ...`. */
export function invalidObject(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const causes = errors.map((error) => ({
    reason: causeReason(error),
    message: messageBody(error),
    field: error.field,
  }));
  return new ApiError(
    'Invalid',
    `${qualified} ${goQuote(name)} is invalid: ${joinMessages(errors.map(message))}`,
    { ...(name === '' ? {} : { name }), group: kind.group || undefined, kind: kind.kind, causes },
  );
}
