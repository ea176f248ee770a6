import { applyPatch as applyJsonPatch, type Operation } from 'rfc6902';
import { ApiError } from '../objects/api-error.ts';
import type { Kind } from '../objects/kind.ts';
import type { KubeObject } from '../objects/meta.ts';
import { badRequest } from './errors.ts';

/** The patches the server knows. */
export const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
] as const;

export type PatchType = (typeof PATCH_TYPES)[number];

export function isPatchType(type: string): type is PatchType {
  return PATCH_TYPES.some((known) => known === type);
}

/** `old`, which is frozen, with `patch` applied. */
export function applyPatch(_kind: Kind, type: PatchType, old: KubeObject, patch: unknown): unknown {
  if (type === 'application/json-patch+json') {
    if (!Array.isArray(patch)) throw badRequest('error decoding patch: not a list');
    const object = structuredClone(old);
    const failures = applyJsonPatch(object, structuredClone(patch) as Operation[]);
    const failure = failures.find((error) => error !== null);
    if (failure) {
      throw new ApiError(
        'Invalid',
        'the server rejected our request due to an error in our request',
      );
    }
    return object;
  }
  return mergePatch(old, patch);
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const merged: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
