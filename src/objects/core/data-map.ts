import { type FieldError, forbidden, invalid, Path } from '../field-error.ts';
import { configMapKey } from '../names.ts';
import { equalJson } from './immutable.ts';

/** Upstream's limit of all values of a Secret or ConfigMap together. */
export const DATA_BYTES_MAX = 1024 * 1024;

const DETAIL = 'field is immutable when `immutable` is set';

/** How many bytes a base64 text stands for. */
export function decodedBytes(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor((base64.length / 4) * 3) - padding;
}

/** Complaints about bad keys of the map at `path`. */
export function validateKeys(map: object, path: Path): FieldError[] {
  return Object.keys(map).flatMap((key) =>
    configMapKey(key).map((detail) => invalid(path.key(key), key, detail)),
  );
}

/** The common part of Secrets and ConfigMaps. */
interface DataObject {
  readonly immutable?: boolean;
  readonly data?: object;
  readonly binaryData?: object;
}

/** Complaints about changes of a Secret or ConfigMap that is marked immutable. */
export function validateFrozen(object: DataObject, old: DataObject): FieldError[] {
  if (!old.immutable) return [];
  const errors: FieldError[] = [];
  if (!object.immutable) errors.push(forbidden(Path.of('immutable'), DETAIL));
  for (const field of ['data', 'binaryData'] as const) {
    // An absent map and an empty one are the same.
    if (equalJson(object[field] ?? {}, old[field] ?? {})) continue;
    errors.push(forbidden(Path.of(field), DETAIL));
  }
  return errors;
}
