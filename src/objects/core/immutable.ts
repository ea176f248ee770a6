import { type FieldError, invalid, type Path } from '../field-error.ts';

/** Whether two JSON values are equal; the order of an object's fields does not count. */
export function equalJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || !one || !other) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = presentEntries(one);
  const right = new Map(presentEntries(other));
  if (left.length !== right.size) return false;
  return left.every(([key, value]) => right.has(key) && equalJson(value, right.get(key)));
}

function presentEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, child]) => child !== undefined);
}

/** Upstream's complaint about a field that may never change. */
export function validateImmutable(path: Path, value: unknown, old: unknown): FieldError[] {
  return equalJson(value, old) ? [] : [invalid(path, value ?? null, 'field is immutable')];
}
