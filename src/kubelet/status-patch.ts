import type { Pod, PodStatus } from '../generated/types.ts';
import { RESIZE_CONDITIONS } from './resize/pod-resize.ts';

/** Lists that a strategic merge patch would merge by key, although the kubelet owns them whole. */
const MERGED_LISTS = new Set(['podIPs', 'hostIPs']);

/**
 * The strategic merge patch that turns a pod's status into `next`, or null when it is so already.
 * It names the uid, so that it never hits a later pod of the same name; conditions that others set
 * meanwhile stay.
 */
export function statusPatch(pod: Pod, uid: string, next: PodStatus): object | null {
  const old = (pod.status ?? {}) as Readonly<Record<string, unknown>>;
  const patch: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(next)) {
    if (value === undefined || isEqual(old[field], value)) continue;
    if (field === 'conditions') {
      patch.conditions = changedConditions(pod.status ?? {}, next);
    } else if (MERGED_LISTS.has(field) && Array.isArray(value) && old[field] !== undefined) {
      patch[field] = [...value, { $patch: 'replace' }];
    } else {
      patch[field] = value;
    }
  }
  for (const field of ['reason', 'message'] as const) {
    if (old[field] !== undefined && next[field] === undefined) patch[field] = null;
  }
  if (Object.keys(patch).length === 0) return null;
  return { metadata: { uid }, status: patch };
}

function changedConditions(old: PodStatus, next: PodStatus): object[] {
  const changed: object[] = [];
  for (const condition of next.conditions ?? []) {
    const before = old.conditions?.find(({ type }) => type === condition.type);
    if (isEqual(before, condition)) continue;
    // Fields that the merge would keep must be taken away by name.
    const reason = condition.reason ?? (before?.reason === undefined ? undefined : null);
    const message = condition.message ?? (before?.message === undefined ? undefined : null);
    changed.push({ ...condition, reason, message });
  }
  // The kubelet's own that are there only for a while; those of others stay.
  for (const { type } of old.conditions ?? []) {
    if (!RESIZE_CONDITIONS.has(type)) continue;
    if (!next.conditions?.some((condition) => condition.type === type)) {
      changed.push({ type, $patch: 'delete' });
    }
  }
  return changed;
}

/** Deep equality of JSON values; an absent field and an undefined one are the same. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!isEqual(left[key], right[key])) return false;
  return true;
}
