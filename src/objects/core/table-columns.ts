import type { Column } from '../kind.ts';
import { fieldTexts } from './field-texts.ts';

/** A column that is always shown. */
export function column(name: string, description: string, type: Column['type'] = 'string'): Column {
  return { name, type, description, priority: 0 };
}

/** A column that only `-o wide` shows. */
export function wideColumn(
  name: string,
  description: string,
  type: Column['type'] = 'string',
): Column {
  return { name, type, description, priority: 1 };
}

/** The column that nearly every table begins with. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: fieldTexts.name,
  priority: 0,
};

/** The time since an object was created. */
export const ageColumn: Column = column('Age', fieldTexts.creationTimestamp);

/** Items shown in one cell before `+ 2 more...`. */
const ITEMS_SHOWN_MAX = 3;

/** `a,b,c + 2 more...`, as upstream shortens lists in cells; `empty` when there are none. */
export function shortList(items: readonly string[], empty: string): string {
  if (items.length === 0) return empty;
  const shown = items.slice(0, ITEMS_SHOWN_MAX).join(',');
  const more = items.length - ITEMS_SHOWN_MAX;
  return more > 0 ? `${shown} + ${more} more...` : shown;
}
