import type { LabelSelector, PodTemplateSpec } from '../../generated/types.ts';
import { validateTemplate } from '../core/pod/template.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import { selectorFrom, validateLabelSelector } from '../labels.ts';
import type { Path } from '../path.ts';

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

/** Complains when one count of a status exceeds another, in upstream's words. */
export function checkAtMost(
  errors: FieldError[],
  at: Path,
  name: string,
  value: number | undefined,
  most: number | undefined,
  detail: string,
): void {
  if ((value ?? 0) <= (most ?? 0)) return;
  errors.push(invalid(at.child(name), value ?? 0, detail));
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
