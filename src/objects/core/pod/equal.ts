/**
 * Whether two JSON values mean the same to Kubernetes: an empty list or map equals a missing one
 * (upstream's Semantic.DeepEqual). Amounts are canonical by now, so texts are compared as they are.
 */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => isEqual(item, b[index]));
  }
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!isEqualField(key, left[key], right[key])) return false;
  for (const key in right) {
    if (!(key in left) && !isEqualField(key, undefined, right[key])) return false;
  }
  return true;
}

/** Fields of a pod that are maps: empty ones mean nothing, while `emptyDir: {}` says something. */
const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'options',
  'overhead',
  'requests',
  'volumeAttributes',
]);

function isEqualField(name: string, a: unknown, b: unknown): boolean {
  if (MAPS.has(name)) return isEqual(a ?? {}, b ?? {});
  return isEqual(a, b);
}

/** Missing, or an empty list. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.length === 0;
}
