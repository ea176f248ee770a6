import type { Pod, Taint } from '../../generated/types.ts';
import { tolerates } from '../../objects/core/taint-toleration.ts';

/**
 * How long a pod may stay on a node with `taints`, in milliseconds: null for ever, 0 not at all.
 * The shortest of the tolerations that cover the taints NoExecute counts, as upstream.
 */
export function planEviction({ spec }: Pod, taints: readonly Taint[]): number | null {
  const expelling = taints.filter(({ effect }) => effect === 'NoExecute');
  if (expelling.length === 0) return null;
  const covering = (spec.tolerations ?? []).filter((toleration) =>
    expelling.some((taint) => tolerates(toleration, taint)),
  );
  const covered = (taint: Taint) => covering.some((toleration) => tolerates(toleration, taint));
  if (!expelling.every(covered)) return 0;
  const seconds = covering.flatMap(({ tolerationSeconds }) => tolerationSeconds ?? []);
  return seconds.length === 0 ? null : Math.max(0, Math.min(...seconds)) * 1000;
}
