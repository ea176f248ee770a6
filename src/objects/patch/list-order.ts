import { isJsonObject } from './patch-error.ts';

/** What tells an item of a list apart: its merge key's value, or the item itself. */
export function identity(item: unknown, mergeKey: string | undefined): string {
  if (mergeKey === undefined) return JSON.stringify(item);
  return isJsonObject(item) ? String(item[mergeKey]) : '';
}

/**
 * Orders a merged list as upstream does: items that `wanted` names stand in its order, the others
 * in the order of `old`, and each of these before the wanted items it stood before.
 */
export function orderItems(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  old: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const placeIn = (list: readonly unknown[]) => {
    const places = new Map<string, number>();
    for (const [index, item] of list.entries()) {
      const id = identity(item, mergeKey);
      if (!places.has(id)) places.set(id, index);
    }
    return (item: unknown) => places.get(identity(item, mergeKey)) ?? -1;
  };
  const wantedPlace = placeIn(wanted);
  const oldPlace = placeIn(old);
  const right = merged
    .filter((item) => wantedPlace(item) >= 0)
    .sort((a, b) => wantedPlace(a) - wantedPlace(b));
  const left = merged
    .filter((item) => wantedPlace(item) < 0)
    .sort((a, b) => oldPlace(a) - oldPlace(b));
  const result: unknown[] = [];
  let next = 0;
  for (const item of right) {
    const place = oldPlace(item);
    while (next < left.length && place >= 0) {
      const before = oldPlace(left[next]);
      if (before < 0 || before >= place) break;
      result.push(left[next++]);
    }
    result.push(item);
  }
  return [...result, ...left.slice(next)];
}
