import { type FieldError, invalid } from '../../field-error.ts';
import type { Path } from '../../path.ts';

/** Whether a file path has an element `..`. */
export function hasBacksteps(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

/** Complains about a file path that climbs. */
export function checkNoBacksteps(errors: FieldError[], at: Path, path: string): void {
  if (hasBacksteps(path)) errors.push(invalid(at, path, "must not contain '..'"));
}

/** Complains about a file path that is absolute or climbs. */
export function checkRelativePath(errors: FieldError[], at: Path, path: string): void {
  if (path.startsWith('/')) errors.push(invalid(at, path, 'must be a relative path'));
  checkNoBacksteps(errors, at, path);
}

/** Complains about a path of a file in a volume: relative, not climbing, not starting with `..`. */
export function checkVolumeFilePath(errors: FieldError[], at: Path, path: string): void {
  checkRelativePath(errors, at, path);
  if (path.startsWith('..') && !path.startsWith('../')) {
    errors.push(invalid(at, path, "must not start with '..'"));
  }
}
