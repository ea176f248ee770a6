import { isEqual } from './equal.ts';

/** Lines of a difference shown at most; more are counted. */
const LINES_MAX = 100;

/**
 * What differs between two JSON values, for people: changed leaves in the form of a unified diff,
 * each with its path. Stands in for the dump of Go values in upstream's messages.
 */
export function specDiff(before: unknown, after: unknown): string {
  const lines: string[] = [];
  collect(before, after, '', lines);
  const more = lines.length - LINES_MAX;
  const shown = more > 0 ? [...lines.slice(0, LINES_MAX), `  ... // ${more} more lines`] : lines;
  return `${shown.join('\n')}\n`;
}

function collect(before: unknown, after: unknown, path: string, lines: string[]): void {
  if (isEqual(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      collect(before[index], after[index], `${path}[${index}]`, lines);
    }
    return;
  }
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(before[key], after[key], path === '' ? key : `${path}.${key}`, lines);
    }
    return;
  }
  if (before !== undefined) lines.push(`- \t${path}: ${JSON.stringify(before)}`);
  if (after !== undefined) lines.push(`+ \t${path}: ${JSON.stringify(after)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
