import { type FieldError, invalid, notSupported, Path } from '../objects/field-error.ts';
import type { FieldValidation } from '../objects/schema/decode.ts';
import { invalidOptions } from './errors.ts';

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

const FIELD_MANAGER_CHARACTERS_MAX = 128;

/**
 * The options of a create, update or patch.
 *
 * @param kind how messages name them: CreateOptions, UpdateOptions, PatchOptions
 * @throws ApiError Invalid
 */
export function readWriteOptions(query: URLSearchParams, kind: string): WriteOptions {
  // Most requests have no query at all.
  if (query.size === 0) return DEFAULTS;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  const errors = validateDryRun(dryRun);
  if (!isFieldValidation(fieldValidation)) {
    const path = Path.of('fieldValidation');
    errors.push(notSupported(path, fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  }
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > FIELD_MANAGER_CHARACTERS_MAX) {
    const why = `may not be longer than ${FIELD_MANAGER_CHARACTERS_MAX}`;
    errors.push(invalid(Path.of('fieldManager'), manager, why));
  }
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return { dryRun: dryRun.length > 0, fieldValidation: fieldValidation as FieldValidation };
}

const DEFAULTS: WriteOptions = { dryRun: false, fieldValidation: 'Warn' };

/** Complaints about a dryRun option; All is the only one there is. */
export function validateDryRun(dryRun: readonly string[]): FieldError[] {
  return dryRun
    .filter((value) => value !== 'All')
    .map((value) => notSupported(Path.of('dryRun'), value, ['All']));
}

function isFieldValidation(value: string): value is FieldValidation {
  return value === 'Ignore' || value === 'Warn' || value === 'Strict';
}
