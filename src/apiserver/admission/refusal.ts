import type { ApiError } from '../../objects/api-error.ts';
import { forbidden } from '../errors.ts';
import type { Admission } from './admission.ts';

/**
 * 403 `pods "x" is forbidden: why`. An object whose name is not made yet is called by its beginning,
 * as upstream does: `pods "web-" is forbidden: why`.
 */
export function refusal({ kind, name, object }: Admission, why: string): ApiError {
  const { name: made, generateName = '' } = object?.metadata ?? {};
  return forbidden(kind, name || made || generateName, why);
}
