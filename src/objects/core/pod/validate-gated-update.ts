import type { Affinity, NodeSelectorTerm, PodSpec } from '../../../generated/types.ts';
import { type FieldError, invalid } from '../../field-error.ts';
import type { Path } from '../../path.ts';
import { isEqual } from './equal.ts';

/** While scheduling gates keep a pod from its node, its wishes for a node may become stricter. */

/** Checks that a node selector lost or changed nothing. */
export function checkNodeSelectorGrows(
  { nodeSelector = {} }: PodSpec,
  old: PodSpec,
  at: Path,
  errors: FieldError[],
): void {
  for (const [key, value] of Object.entries(old.nodeSelector ?? {})) {
    if (nodeSelector[key] === value) continue;
    const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
    errors.push(invalid(at, nodeSelector, detail));
    return;
  }
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

/** Checks that each required term kept what it had. Preferences may change freely. */
export function checkNodeAffinityGrows(
  affinity: Affinity | undefined,
  old: Affinity | undefined,
  at: Path,
  errors: FieldError[],
): void {
  const before = old?.nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? [];
  const terms = affinity?.nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? [];
  if (before.length === 0) return;
  const termsAt = at.child(REQUIRED, 'nodeSelectorTerms');
  if (terms.length !== before.length) {
    const detail = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    errors.push(invalid(termsAt, terms, detail));
    return;
  }
  for (const [index, term] of terms.entries()) {
    if (grows(term, before[index]!)) continue;
    const detail = 'only additions are allowed (no mutations or deletions)';
    errors.push(invalid(termsAt.index(index), term, detail));
  }
}

function grows(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const [expressions, fields] = [term.matchExpressions ?? [], term.matchFields ?? []];
  const [oldExpressions, oldFields] = [old.matchExpressions ?? [], old.matchFields ?? []];
  // A term without requirements selects no node: adding one would widen it.
  if (oldExpressions.length === 0 && oldFields.length === 0) {
    return expressions.length === 0 && fields.length === 0;
  }
  return (
    isEqual(expressions.slice(0, oldExpressions.length), oldExpressions) &&
    isEqual(fields.slice(0, oldFields.length), oldFields)
  );
}
