import type {
  PodReadinessGate,
  PodResourceClaim,
  PodSchedulingGate,
  Toleration,
  TopologySpreadConstraint,
} from '../../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../field-error.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid, addInvalidIn, checkOneOf, checkSelector } from './check.ts';
import { checkKeysOnce, validateLabelKeys } from './validate-affinity.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Checks `spec.tolerations`. */
export function validateTolerations(
  tolerations: readonly Toleration[],
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, toleration] of tolerations.entries()) {
    const tolerationAt = at.index(index);
    const { key = '', operator = '', value = '', effect = '' } = toleration;
    const operatorAt = tolerationAt.child('operator');
    if (key !== '') addInvalidIn(errors, tolerationAt, 'key', key, qualifiedName(key));
    else if (operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(operatorAt, operator, detail));
    }
    if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute') {
      const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
      errors.push(invalid(tolerationAt.child('effect'), effect, detail));
    }
    if (operator === 'Exists') {
      if (value !== '') {
        const detail = "value must be empty when `operator` is 'Exists'";
        errors.push(invalid(operatorAt, value, detail));
      }
    } else if (operator === 'Equal' || operator === '') {
      const messages = labelValue(value);
      if (messages.length > 0) errors.push(invalid(operatorAt, value, messages.join(';')));
    } else {
      errors.push(notSupported(operatorAt, operator, ['Equal', 'Exists']));
    }
    if (effect !== '') checkOneOf(errors, tolerationAt, 'effect', effect, EFFECTS);
  }
}

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway'];
const INCLUSION_POLICIES = ['Honor', 'Ignore'];

/** Checks `spec.topologySpreadConstraints`. */
export function validateSpreadConstraints(
  constraints: readonly TopologySpreadConstraint[],
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, constraint] of constraints.entries()) {
    const constraintAt = at.index(index);
    const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '', minDomains } = constraint;
    if (maxSkew <= 0) {
      errors.push(invalid(constraintAt.child('maxSkew'), maxSkew, 'must be greater than zero'));
    }
    if (topologyKey === '') {
      errors.push(required(constraintAt.child('topologyKey'), 'can not be empty'));
    }
    checkOneOf(errors, constraintAt, 'whenUnsatisfiable', whenUnsatisfiable, ACTIONS);
    const repeats = constraints
      .slice(index + 1)
      .some(
        (other) =>
          other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable,
      );
    if (repeats) {
      const pairAt = constraintAt.child('{topologyKey, whenUnsatisfiable}');
      errors.push(duplicate(pairAt, `{${topologyKey}, ${whenUnsatisfiable}}`));
    }
    if (minDomains !== undefined) {
      checkMinDomains(minDomains, whenUnsatisfiable, constraintAt.child('minDomains'), errors);
    }
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[name];
      if (policy === undefined) continue;
      checkOneOf(errors, constraintAt, name, policy, INCLUSION_POLICIES);
    }
    const { matchLabelKeys = [], labelSelector } = constraint;
    validateLabelKeys(matchLabelKeys, labelSelector, constraintAt.child('matchLabelKeys'), errors);
    checkKeysOnce(matchLabelKeys, labelSelector, constraintAt.child('matchLabelKeys'), errors);
    checkSelector(errors, constraintAt, 'labelSelector', labelSelector);
  }
}

function checkMinDomains(
  minDomains: number,
  whenUnsatisfiable: string,
  at: Path,
  errors: FieldError[],
): void {
  if (minDomains <= 0) errors.push(invalid(at, minDomains, 'must be greater than zero'));
  if (whenUnsatisfiable === 'DoNotSchedule') return;
  const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
  errors.push(invalid(at, minDomains, detail));
}

/** Checks `spec.readinessGates`. */
export function validateReadinessGates(
  gates: readonly PodReadinessGate[],
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, { conditionType = '' }] of gates.entries()) {
    const typeAt = at.index(index).child('conditionType');
    addInvalid(errors, typeAt, conditionType, qualifiedName(conditionType));
  }
}

/** Checks `spec.schedulingGates`. */
export function validateSchedulingGates(
  gates: readonly PodSchedulingGate[],
  at: Path,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  for (const [index, { name = '' }] of gates.entries()) {
    addInvalid(errors, at.index(index), name, qualifiedName(name));
    if (seen.has(name)) errors.push(duplicate(at.index(index), name));
    seen.add(name);
  }
}

/** Checks the form of `spec.resourceClaims`. */
export function validateResourceClaims(
  claims: readonly PodResourceClaim[],
  at: Path,
  errors: FieldError[],
): void {
  const seen = new Set<string>();
  for (const [index, claim] of claims.entries()) {
    const claimAt = at.index(index);
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    if (name === '') errors.push(required(claimAt.child('name')));
    else if (seen.has(name)) errors.push(duplicate(claimAt.child('name'), name));
    else {
      addInvalid(errors, claimAt.child('name'), name, dns1123Label(name));
      seen.add(name);
    }
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail =
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(claimAt, claim, detail));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      errors.push(invalid(claimAt, claim, detail));
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field];
      if (value === undefined) continue;
      addInvalid(errors, claimAt.child(field), value, dns1123Subdomain(value));
    }
  }
}

/** Checks that an update only takes scheduling gates away. */
export function checkGatesOnlyRemoved(
  gates: readonly PodSchedulingGate[],
  old: readonly PodSchedulingGate[],
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, { name }] of gates.entries()) {
    if (old.some((gate) => gate.name === name)) continue;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbidden(at.index(index).child('name'), detail));
  }
}

/** Checks that an update only adds tolerations; how long one lasts may change. */
export function checkTolerationsOnlyAdded(
  tolerations: readonly Toleration[],
  old: readonly Toleration[],
  at: Path,
  errors: FieldError[],
): void {
  const kept = old.every((before) =>
    tolerations.some((toleration) => isSameToleration(toleration, before)),
  );
  if (kept) return;
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  errors.push(forbidden(at, detail));
}

function isSameToleration(a: Toleration, b: Toleration): boolean {
  return (['key', 'operator', 'value', 'effect'] as const).every(
    (field) => (a[field] ?? '') === (b[field] ?? ''),
  );
}
