import type { LabelSelector } from '../../../generated/types.ts';
import { type FieldError, invalid, notSupported, required } from '../../field-error.ts';
import { validateLabelSelector } from '../../labels.ts';
import type { Path } from '../../path.ts';

/**
 * The checks here take the path of the parent and the field's name where they run for every pod:
 * most find nothing, and then the field's own path is never made.
 */

/** Adds one complaint about `value` for each of `messages`. */
export function addInvalid(
  errors: FieldError[],
  at: Path,
  value: unknown,
  messages: readonly string[],
): void {
  for (const message of messages) errors.push(invalid(at, value, message));
}

/** Adds one complaint about the field `name` under `at` for each of `messages`. */
export function addInvalidIn(
  errors: FieldError[],
  at: Path,
  name: string,
  value: unknown,
  messages: readonly string[],
): void {
  if (messages.length > 0) addInvalid(errors, at.child(name), value, messages);
}

/** Complains when the field `name` is none of `supported`. */
export function checkOneOf(
  errors: FieldError[],
  at: Path,
  name: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (supported.includes(value ?? '')) return;
  errors.push(notSupported(at.child(name), value ?? '', supported));
}

/** Complains when the field `name` is missing or none of `supported`. */
export function checkPolicy(
  errors: FieldError[],
  at: Path,
  name: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (value) checkOneOf(errors, at, name, value, supported);
  else errors.push(required(at.child(name)));
}

/** Complains when the field `name` is an id of a user or group that Linux cannot hold. */
export function checkId(
  errors: FieldError[],
  at: Path,
  name: string,
  id: number | undefined,
): void {
  if (id === undefined || (id >= 0 && id <= ID_MAX)) return;
  errors.push(invalid(at.child(name), id, ID_DETAIL));
}

/** As {@link checkId}, for the items of a list. */
export function checkIds(
  errors: FieldError[],
  at: Path,
  name: string,
  ids: readonly number[] | undefined,
): void {
  for (const [index, id] of (ids ?? []).entries()) {
    if (id >= 0 && id <= ID_MAX) continue;
    errors.push(invalid(at.child(name).index(index), id, ID_DETAIL));
  }
}

const ID_MAX = 2 ** 31 - 1;
const ID_DETAIL = `must be between 0 and ${ID_MAX}, inclusive`;

/** The pull policies of images. */
export const PULL_POLICIES: readonly string[] = ['Always', 'IfNotPresent', 'Never'];

/** Complains about a label selector in the field `name`. */
export function checkSelector(
  errors: FieldError[],
  at: Path,
  name: string,
  selector: LabelSelector | undefined,
): void {
  errors.push(...validateLabelSelector(selector, at.child(name)));
}
