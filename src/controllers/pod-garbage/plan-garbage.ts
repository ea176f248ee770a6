import type { Pod } from '../../generated/types.ts';
import { isTerminal } from '../../objects/core/pod/conditions.ts';

/** A node must be missing for so long before its pods go, as upstream. */
export const MISSING_MS_MIN = 40_000;

export type GarbageAction =
  /** Fail the pod first, if it has not ended, then remove it at once. */
  | { readonly type: 'orphaned'; readonly pod: Pod }
  | { readonly type: 'unscheduled'; readonly pod: Pod }
  | { readonly type: 'surplus'; readonly pod: Pod };

export interface GarbageInput {
  readonly pods: Iterable<Pod>;
  readonly isNode: (name: string) => boolean;
  /** When each missing node was first missed (monotonic ms). */
  readonly missedAt: ReadonlyMap<string, number>;
  /** Ended pods beyond this number go, the oldest first. */
  readonly endedMax: number;
  /** Monotonic ms. */
  readonly now: number;
}

/** Which pods nobody else will remove. */
export function planGarbage(input: GarbageInput): GarbageAction[] {
  const actions: GarbageAction[] = [];
  const ended: Pod[] = [];
  for (const pod of input.pods) {
    const { nodeName } = pod.spec;
    if (isTerminal(pod)) ended.push(pod);
    if (nodeName && !input.isNode(nodeName)) {
      const missedAt = input.missedAt.get(nodeName);
      if (missedAt !== undefined && input.now - missedAt >= MISSING_MS_MIN) {
        actions.push({ type: 'orphaned', pod });
      }
    } else if (!nodeName && pod.metadata.deletionTimestamp) {
      actions.push({ type: 'unscheduled', pod });
    }
  }
  const surplus = ended.length - input.endedMax;
  if (surplus <= 0) return actions;
  const age = ({ metadata }: Pod) => metadata.creationTimestamp ?? '';
  ended.sort((a, b) => (age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0));
  const going = new Set(actions.map(({ pod }) => pod));
  for (const pod of ended.slice(0, surplus)) {
    if (!going.has(pod)) actions.push({ type: 'surplus', pod });
  }
  return actions;
}
