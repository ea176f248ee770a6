import { ApiError } from '../api-error.ts';
import { invalid, invalidObject } from '../field-error.ts';
import { goQuote } from '../go-quote.ts';
import { apiVersionOf } from '../kind.ts';
import type { KubeObject } from '../meta.ts';
import {
  type DecodableKind,
  type Decoded,
  type DecodedBody,
  DecodeError,
  decode,
  type FieldValidation,
} from '../schema/decode.ts';
import { findDuplicates, JsonTextError, parseJson } from '../schema/json-text.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { isJsonObject, PatchError } from './patch-error.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

/** The patches that are understood, by their media types. */
export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

export type PatchType = keyof typeof PATCH_TYPES;

/** A patch as it came. */
export interface Patch {
  readonly type: PatchType;
  readonly body: { readonly text: string } | { readonly value: unknown };
}

/**
 * Applies a patch to an object of `kind`, which stays as it is, and decodes what results.
 *
 * @throws ApiError BadRequest, Invalid or RequestEntityTooLarge in upstream's words
 */
export function applyPatch(
  kind: DecodableKind,
  current: KubeObject,
  patch: Patch,
  validation: FieldValidation = 'Ignore',
): DecodedBody {
  let patched: unknown;
  const doubled: string[] = [];
  try {
    const value = readPatch(patch);
    if (validation !== 'Ignore' && 'text' in patch.body)
      for (const path of findDuplicates(patch.body.text)) {
        const prefix = patch.type === 'json' ? 'json patch ' : '';
        doubled.push(`${prefix}duplicate field ${goQuote(path)}`);
      }
    patched = merge(kind, current, patch.type, value);
  } catch (error) {
    if (error instanceof PatchError) throw toApiError(error);
    throw error;
  }
  return decodePatched(kind, patched, doubled, validation);
}

function readPatch({ body }: Patch): unknown {
  if ('value' in body) return body.value;
  try {
    return parseJson(body.text);
  } catch (error) {
    if (error instanceof JsonTextError)
      throw new PatchError('BadRequest', `error decoding patch: ${error.message}`);
    throw error;
  }
}

function merge(kind: DecodableKind, current: KubeObject, type: PatchType, patch: unknown): unknown {
  if (type === 'json') return jsonPatch(current, patch);
  if (!isJsonObject(patch))
    throw new PatchError('BadRequest', 'error decoding patch: the patch must be an object');
  return type === 'merge'
    ? mergePatch(current, patch)
    : strategicMergePatch(kind.schema, current, patch);
}

/** Upstream keeps the reason of an unprocessable patch to itself; here it is told as a cause. */
function toApiError({ type, message }: PatchError): ApiError {
  switch (type) {
    case 'BadRequest':
      return new ApiError('BadRequest', message);
    case 'TooLarge':
      return new ApiError('RequestEntityTooLarge', message);
    case 'Unprocessable':
      return new ApiError(
        'Invalid',
        'the server rejected our request due to an error in our request',
        { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] },
      );
  }
}

function decodePatched(
  kind: DecodableKind,
  patched: unknown,
  doubled: readonly string[],
  validation: FieldValidation,
): DecodedBody {
  const refuse = (why: string) =>
    invalidObject({ group: '', kind: '' }, '', [invalid('patch', JSON.stringify(patched), why)]);
  let decoded: Decoded<KubeObject>;
  try {
    decoded = decode<KubeObject>(kind.schema, patched, validation);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
  const strictErrors = [...doubled, ...decoded.strictErrors];
  if (validation === 'Strict' && strictErrors.length > 0)
    throw refuse(`strict decoding error: ${strictErrors.join(', ')}`);
  const { object } = decoded;
  object.apiVersion = apiVersionOf(kind);
  object.kind = kind.kind;
  return { object, warnings: strictErrors };
}
