import { ApiError } from '../api-error.ts';
import { goQuote } from '../go-quote.ts';
import { apiVersionOf, type Kind } from '../kind.ts';
import type { KubeObject } from '../meta.ts';
import { decoderOf, MISMATCH, newTally } from './decoder.ts';
import { explain } from './explain.ts';
import { countKeys, findDuplicates, JsonTextError, parseJson } from './json-text.ts';
import { ScalarError } from './scalars.ts';

/** What becomes of unknown and doubled fields: dropped, dropped with a warning, refused. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** A value that is not of its definition's types. The message is Go's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface Decoded<T> {
  /** Clean: unknown fields gone, amounts and times in canonical form. Not frozen. */
  readonly object: T;
  /** `unknown field "spec.foo"`, `duplicate field "spec.bar"`; none where they are ignored. */
  readonly strictErrors: readonly string[];
}

/**
 * Turns a JSON value into a clean object of the definition called `name`: a copy, unless it comes
 * with its text.
 *
 * @param text the JSON it was parsed from, if any, by a caller who hands the value over; doubled
 *   fields can only be seen there
 * @throws DecodeError on a value of a wrong type
 */
export function decode<T = unknown>(
  name: string,
  value: unknown,
  validation: FieldValidation = 'Ignore',
  text?: string,
): Decoded<T> {
  const tally = newTally(text !== undefined);
  let object: T;
  try {
    object = decoderOf(name)(value ?? {}, tally) as T;
  } catch (error) {
    if (error !== MISMATCH && !(error instanceof ScalarError)) throw error;
    const words = error instanceof ScalarError ? error.message : 'unexpected value';
    throw new DecodeError(explain(name, value).failure ?? words);
  }
  if (validation === 'Ignore') return { object, strictErrors: [] };
  const strictErrors = tally.unknown > 0 ? [...explain(name, value).unknownFields] : [];
  if (text !== undefined && (tally.open || tally.unknown > 0 || countKeys(text) !== tally.keys))
    for (const path of findDuplicates(text)) strictErrors.push(`duplicate field ${goQuote(path)}`);
  return { object, strictErrors };
}

/** The parts of a Kind that decoding a request's body needs. */
export type DecodableKind = Pick<Kind, 'group' | 'version' | 'kind' | 'schema'>;

/** A decoded request body with what the client is to be warned of. */
export interface DecodedBody {
  readonly object: KubeObject;
  /** For `Warning: 299 - "..."` headers. */
  readonly warnings: readonly string[];
}

/**
 * Decodes the body of a create, update or patched object: text, or a value handed over within the
 * process. A missing apiVersion or kind is taken from `kind`, as upstream does it.
 *
 * @throws ApiError BadRequest in upstream's words
 */
export function decodeBody(
  kind: DecodableKind,
  body: { readonly text: string } | { readonly value: unknown },
  validation: FieldValidation = 'Ignore',
): DecodedBody {
  const text = 'text' in body ? body.text : undefined;
  const value = 'text' in body ? parseBody(kind, body.text) : body.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unrecognized(kind, 'json: cannot unmarshal the value into an object', text ?? '');
  const given = value as { apiVersion?: unknown; kind?: unknown };
  checkType(kind, given);
  const refuse = (why: string) =>
    new ApiError(
      'BadRequest',
      `${kind.kind} in version ${goQuote(kind.version)} cannot be handled as a ${kind.kind}: ${why}`,
    );
  let decoded: Decoded<KubeObject>;
  try {
    decoded = decode<KubeObject>(kind.schema, value, validation, text);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
  const { object, strictErrors } = decoded;
  if (validation === 'Strict' && strictErrors.length > 0)
    throw refuse(`strict decoding error: ${strictErrors.join(', ')}`);
  object.apiVersion = apiVersionOf(kind);
  object.kind = kind.kind;
  return { object, warnings: strictErrors };
}

function parseBody(kind: DecodableKind, text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonTextError)
      throw unrecognized(
        kind,
        `couldn't get version/kind; json parse error: ${error.message}`,
        text,
      );
    throw error;
  }
}

/** Upstream shows the first 30 bytes of what it could not read. */
function unrecognized(kind: DecodableKind, why: string, text: string): ApiError {
  const shown = Buffer.from(text.slice(0, 30)).subarray(0, 30).toString('hex');
  const more = text.length > 30 ? ' ...' : '';
  return new ApiError(
    'BadRequest',
    `the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${shown}${more})`,
  );
}

/** Refuses an object that says it is of another type than its address. */
function checkType(
  kind: DecodableKind,
  given: { readonly apiVersion?: unknown; readonly kind?: unknown },
): void {
  const expected = apiVersionOf(kind);
  const version = given.apiVersion ?? '';
  const name = given.kind ?? '';
  if (typeof version === 'string' && version !== '' && version !== expected)
    throw new ApiError(
      'BadRequest',
      `the API version in the data (${version}) does not match the expected API version (${expected})`,
    );
  if (typeof name === 'string' && name !== '' && name !== kind.kind)
    throw new ApiError(
      'BadRequest',
      `${name} in version ${goQuote(kind.version)} cannot be handled as a ${kind.kind}: converting (${kind.version}.${name}) to (${kind.version}.${kind.kind}): unknown conversion`,
    );
}
