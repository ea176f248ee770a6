import { type FieldError, invalid, type Path } from '../field-error.ts';
import { labelValue, qualifiedName } from '../names.ts';

/** Complaints about the keys and values of labels, or of a selector that has their form. */
export function validateLabels(labels: Readonly<Record<string, string>>, path: Path): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map((text) => invalid(path, key, text)),
    ...labelValue(value).map((text) => invalid(path, value, text)),
  ]);
}
