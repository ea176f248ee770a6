import type {
  Affinity,
  LabelSelector,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, required } from '../../field-error.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid, checkSelector } from './check.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Checks `spec.affinity`. */
export function validateAffinity(affinity: Affinity, at: Path, errors: FieldError[]): void {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity) {
    const nodeAt = at.child('nodeAffinity');
    const needed = nodeAffinity[REQUIRED];
    if (needed) validateNodeSelector(needed, nodeAt.child(REQUIRED), errors);
    for (const [index, term] of (nodeAffinity[PREFERRED] ?? []).entries()) {
      const termAt = nodeAt.child(PREFERRED).index(index);
      checkWeight(term.weight, termAt, errors);
      validateNodeSelectorTerm(term.preference ?? {}, termAt.child('preference'), errors, true);
    }
  }
  if (podAffinity) validatePodAffinity(podAffinity, at.child('podAffinity'), errors);
  if (podAntiAffinity) validatePodAffinity(podAntiAffinity, at.child('podAntiAffinity'), errors);
}

function checkWeight(weight: number | undefined, at: Path, errors: FieldError[]): void {
  if (weight !== undefined && weight >= 1 && weight <= 100) return;
  errors.push(invalid(at.child('weight'), weight ?? 0, 'must be in the range 1-100'));
}

/** Checks which nodes a pod (or a volume) must have. */
export function validateNodeSelector(selector: NodeSelector, at: Path, errors: FieldError[]): void {
  const termsAt = at.child('nodeSelectorTerms');
  const { nodeSelectorTerms: terms = [] } = selector;
  if (terms.length === 0) {
    errors.push(required(termsAt, 'must have at least one node selector term'));
  }
  for (const [index, term] of terms.entries()) {
    validateNodeSelectorTerm(term, termsAt.index(index), errors, false);
  }
}

/** @param lax whether values need not be good label values, as in preferences */
function validateNodeSelectorTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  at: Path,
  errors: FieldError[],
  lax: boolean,
): void {
  for (const [index, requirement] of matchExpressions.entries()) {
    validateExpression(requirement, at.child('matchExpressions').index(index), errors, lax);
  }
  for (const [index, requirement] of matchFields.entries()) {
    validateMatchField(requirement, at.child('matchFields').index(index), errors);
  }
}

function validateExpression(
  { key = '', operator = '', values = [] }: NodeSelectorRequirement,
  at: Path,
  errors: FieldError[],
  lax: boolean,
): void {
  const valuesAt = at.child('values');
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(required(valuesAt, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      errors.push(forbidden(valuesAt, detail));
    }
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) {
      const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'";
      errors.push(required(valuesAt, detail));
    }
  } else {
    errors.push(invalid(at.child('operator'), operator, 'not a valid selector operator'));
  }
  addInvalid(errors, at.child('key'), key, qualifiedName(key));
  if (lax) return;
  for (const [index, value] of values.entries()) {
    addInvalid(errors, valuesAt.index(index), value, labelValue(value));
  }
}

function validateMatchField(
  { key = '', operator = '', values = [] }: NodeSelectorRequirement,
  at: Path,
  errors: FieldError[],
): void {
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(invalid(at.child('operator'), operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const detail =
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(at.child('values'), detail));
  }
  if (key !== 'metadata.name') {
    errors.push(invalid(at.child('key'), key, 'not a valid field selector key'));
    return;
  }
  for (const [index, value] of values.entries()) {
    addInvalid(errors, at.child('values').index(index), value, dns1123Subdomain(value));
  }
}

function validatePodAffinity(affinity: PodAffinity, at: Path, errors: FieldError[]): void {
  for (const [index, term] of (affinity[REQUIRED] ?? []).entries()) {
    validatePodAffinityTerm(term, at.child(REQUIRED).index(index), errors);
  }
  for (const [index, weighted] of (affinity[PREFERRED] ?? []).entries()) {
    const weightedAt = at.child(PREFERRED).index(index);
    checkWeight(weighted.weight, weightedAt, errors);
    const term = weighted.podAffinityTerm ?? { topologyKey: '' };
    validatePodAffinityTerm(term, weightedAt.child('podAffinityTerm'), errors);
  }
}

function validatePodAffinityTerm(term: PodAffinityTerm, at: Path, errors: FieldError[]): void {
  const { labelSelector, namespaceSelector, topologyKey = '' } = term;
  checkSelector(errors, at, 'labelSelector', labelSelector);
  checkSelector(errors, at, 'namespaceSelector', namespaceSelector);
  for (const name of term.namespaces ?? []) {
    addInvalid(errors, at.child('namespace'), name, dns1123Label(name));
  }
  const { matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  validateLabelKeys(matchLabelKeys, labelSelector, at.child('matchLabelKeys'), errors);
  validateLabelKeys(mismatchLabelKeys, labelSelector, at.child('mismatchLabelKeys'), errors);
  checkKeysOnce(matchLabelKeys, labelSelector, at, errors);
  for (const [index, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalid(at.child('matchLabelKeys').index(index), key, detail));
  }
  if (topologyKey === '') errors.push(required(at.child('topologyKey'), 'can not be empty'));
  addInvalid(errors, at.child('topologyKey'), topologyKey, qualifiedName(topologyKey));
}

/** Checks `matchLabelKeys` or the like, which add the pod's own labels to a selector. */
export function validateLabelKeys(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  at: Path,
  errors: FieldError[],
): void {
  if (keys.length === 0) return;
  if (selector === undefined) {
    errors.push(forbidden(at, 'must not be specified when labelSelector is not set'));
    return;
  }
  for (const [index, key] of keys.entries()) {
    addInvalid(errors, at.index(index), key, qualifiedName(key));
  }
}

/**
 * Checks that no key of `matchLabelKeys` is in the selector already. By now preparation has added
 * each key to the selector once, so only a second one is the user's.
 */
export function checkKeysOnce(
  keys: readonly string[],
  selector: LabelSelector | undefined,
  at: Path,
  errors: FieldError[],
): void {
  if (keys.length === 0 || selector === undefined) return;
  const seen = new Set(Object.keys(selector.matchLabels ?? {}));
  for (const { key } of selector.matchExpressions ?? []) {
    const index = keys.lastIndexOf(key);
    if (index >= 0 && seen.has(key)) {
      const detail = 'exists in both matchLabelKeys and labelSelector';
      errors.push(invalid(at.index(index), key, detail));
    }
    seen.add(key);
  }
}
