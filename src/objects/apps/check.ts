import type { LabelSelector, PodTemplateSpec } from '../../generated/types.ts';
import { validateTemplate } from '../core/pod/template.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { selectorFrom, validateLabelSelector } from '../labels.ts';
import { Path } from '../path.ts';

/** Complains when the count `name` under `at` is less than none. A missing one is fine. */
export function checkCount(
  errors: FieldError[],
  at: Path,
  name: string,
  value: number | undefined,
): void {
  if (value === undefined || value >= 0) return;
  errors.push(invalid(at.child(name), value, 'must be greater than or equal to 0'));
}

/** The counts of replicas that a workload's status has, by their names. */
type Counts = Readonly<Partial<Record<string, unknown>>>;

/**
 * Checks the counts of a status: none is less than none, and none of `ofReplicas` (with the ready
 * and the available ones) is more than there are.
 */
export function checkCounts(
  errors: FieldError[],
  status: Counts,
  names: readonly string[],
  ofReplicas: string,
): void {
  const at = Path.of('status');
  const count = (name: string) => (status[name] as number | undefined) ?? 0;
  for (const name of names) checkCount(errors, at, name, status[name] as number | undefined);
  const checkAtMost = (name: string, most: number, of: string) => {
    if (count(name) <= most) return;
    errors.push(invalid(at.child(name), count(name), `cannot be greater than ${of}`));
  };
  for (const name of [ofReplicas, 'readyReplicas', 'availableReplicas']) {
    checkAtMost(name, count('replicas'), 'status.replicas');
  }
  checkAtMost('availableReplicas', count('readyReplicas'), 'readyReplicas');
}

/**
 * Checks `selector` and `template` of a workload's spec.
 *
 * @param what such as `deployment`, for the message about a selector that selects everything
 */
export function checkSelectorAndTemplate(
  spec: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec },
  what: string,
  at: Path,
  errors: FieldError[],
): void {
  const { selector, template = {} } = spec;
  const selectorAt = at.child('selector');
  const complaints = validateLabelSelector(selector, selectorAt);
  errors.push(...complaints);
  if (selector === undefined) errors.push(required(selectorAt));
  else {
    const { matchLabels = {}, matchExpressions = [] } = selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
      errors.push(invalid(selectorAt, selector, `empty selector is invalid for ${what}`));
    }
  }
  if (complaints.length > 0) errors.push(invalid(selectorAt, selector, 'invalid label selector'));
  else validateTemplate(template, selectorFrom(selector), at.child('template'), errors);
}
