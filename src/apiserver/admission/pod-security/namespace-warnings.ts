import { goQuote } from '../../../objects/go-quote.ts';
import type { PodShape } from './check.ts';
import { evaluatePod, reasonsText } from './evaluate.ts';
import { type LevelVersion, policyText } from './policy.ts';

/** Upstream's bounds of a check that a person waits for. */
export const PODS_MAX = 3_000;
const CHECK_MS_MAX = 1_000;
/** The time is looked at after so many pods. */
const PODS_PER_LOOK = 100;

/** What is known of the pods of a namespace: the first of them, and how many there are. */
export interface NamespacePods {
  readonly pods: Iterable<PodShape>;
  readonly total: number;
}

/**
 * What to tell whoever sets a level that pods of the namespace violate: nothing is done to them.
 *
 * @param monotonic milliseconds that only grow
 */
export function namespaceWarnings(
  namespace: string,
  enforce: LevelVersion,
  { pods, total }: NamespacePods,
  monotonic: () => number,
): string[] {
  const byReasons = new Map<string, string[]>();
  const deadline = monotonic() + CHECK_MS_MAX;
  let checked = 0;
  for (const pod of pods) {
    if (checked >= PODS_MAX) break;
    if (checked % PODS_PER_LOOK === 0 && monotonic() > deadline) break;
    checked++;
    const reasons = reasonsText(evaluatePod(enforce, pod));
    if (reasons === '') continue;
    const names = byReasons.get(reasons) ?? [];
    names.push(pod.metadata.name ?? '');
    byReasons.set(reasons, names);
  }
  const warnings: string[] = [];
  if (checked < total) {
    const part = `the first ${checked} of ${total} existing pods`;
    warnings.push(`new PodSecurity enforce level only checked against ${part}`);
  }
  if (byReasons.size > 0) {
    const level = goQuote(policyText(enforce));
    const where = `existing pods in namespace ${goQuote(namespace)}`;
    warnings.push(`${where} violate the new PodSecurity enforce level ${level}`);
  }
  const lines = [...byReasons].map(([reasons, names]) => `${namesText(names)}: ${reasons}`);
  return [...warnings, ...lines.sort()];
}

function namesText(names: string[]): string {
  const [first = ''] = names.sort();
  const others = names.length - 1;
  if (others === 0) return first;
  return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
}
