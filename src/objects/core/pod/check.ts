import { type FieldError, invalid, notSupported, required } from '../../field-error.ts';
import type { Path } from '../../path.ts';

/** Adds one complaint about `value` for each of `messages`. */
export function addInvalid(
  errors: FieldError[],
  at: Path,
  value: unknown,
  messages: readonly string[],
): void {
  for (const message of messages) errors.push(invalid(at, value, message));
}

/** Complains when `value` is none of `supported`. */
export function checkOneOf(
  errors: FieldError[],
  at: Path,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (!supported.includes(value ?? '')) errors.push(notSupported(at, value ?? '', supported));
}

/** Complains when `value` is below zero. */
export function checkNonNegative(errors: FieldError[], at: Path, value: number | undefined): void {
  if (value !== undefined && value < 0) {
    errors.push(invalid(at, value, 'must be greater than or equal to 0'));
  }
}

/** Complains about an id of a user or group that Linux cannot hold. */
export function checkId(errors: FieldError[], at: Path, id: number | undefined): void {
  if (id !== undefined && (id < 0 || id > 2 ** 31 - 1)) {
    errors.push(invalid(at, id, 'must be between 0 and 2147483647, inclusive'));
  }
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

/** Complains about a pull policy. */
export function checkPullPolicy(errors: FieldError[], at: Path, policy: string | undefined): void {
  if (!policy) errors.push(required(at));
  else if (!PULL_POLICIES.includes(policy)) errors.push(notSupported(at, policy, PULL_POLICIES));
}
