import { isJsonObject, type JsonObject, setField } from './patch-error.ts';

/**
 * RFC 7386: fields of `patch` replace those of `target`, objects merge, null removes. `target` and
 * `patch` stay as they are; the result shares parts with both.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  const base: JsonObject = { ...result };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else {
      const old = Object.hasOwn(base, key) ? base[key] : undefined;
      setField(result, key, mergePatch(old, value));
    }
  }
  return result;
}
