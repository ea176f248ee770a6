import type { Affinity, NodeAffinity, Pod, PodSpec } from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, required } from '../../field-error.ts';
import { rangeMessage } from '../../names.ts';
import type { Path } from '../../path.ts';
import { isEqual } from './equal.ts';
import { specDiff } from './spec-diff.ts';
import { validateAnnotationUpdate } from './validate-annotations.ts';
import { checkNodeAffinityGrows, checkNodeSelectorGrows } from './validate-gated-update.ts';
import { SPEC_AT } from './validate-pod.ts';
import { checkGatesOnlyRemoved, checkTolerationsOnlyAdded } from './validate-scheduling.ts';

/** Upstream's list of what a pod's owner may change. */
const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
];

const INT32_MAX = 2 ** 31 - 1;

/** Checks that an update changes only what may change in a pod (upstream's ValidatePodUpdate). */
export function validatePodUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  validateAnnotationUpdate(pod, old, errors);
  const { spec } = pod;
  if (spec === old.spec) return errors;
  if (!checkImages(spec, old.spec, 'containers', errors)) return errors;
  if (!checkImages(spec, old.spec, 'initContainers', errors)) return errors;
  if (!checkDeadline(spec, old.spec, SPEC_AT.child('activeDeadlineSeconds'), errors)) return errors;
  const tolerationsAt = SPEC_AT.child('tolerations');
  checkTolerationsOnlyAdded(
    spec.tolerations ?? [],
    old.spec.tolerations ?? [],
    tolerationsAt,
    errors,
  );
  const gatesAt = SPEC_AT.child('schedulingGates');
  checkGatesOnlyRemoved(
    spec.schedulingGates ?? [],
    old.spec.schedulingGates ?? [],
    gatesAt,
    errors,
  );
  if (isEqual(spec, old.spec)) return errors;
  const rest = withoutUpdatable(spec, old.spec);
  if (old.spec.schedulingGates?.length) {
    checkNodeSelectorGrows(rest, old.spec, SPEC_AT.child('nodeSelector'), errors);
    if (old.spec.nodeSelector) rest.nodeSelector = old.spec.nodeSelector;
    else delete rest.nodeSelector;
    const affinityAt = SPEC_AT.child('affinity', 'nodeAffinity');
    checkNodeAffinityGrows(spec.affinity, old.spec.affinity, affinityAt, errors);
    rest.affinity = withNodeAffinity(spec.affinity, old.spec.affinity);
  }
  if (!isEqual(rest, old.spec)) {
    const detail = `pod updates may not change fields other than ${UPDATABLE.join(',')}`;
    errors.push(forbidden(SPEC_AT, `${detail}\n${specDiff(old.spec, rest)}`));
  }
  return errors;
}

/** @returns whether both pods have the same number of containers */
function checkImages(
  spec: PodSpec,
  old: PodSpec,
  field: 'containers' | 'initContainers',
  errors: FieldError[],
): boolean {
  const containers = spec[field] ?? [];
  const at = SPEC_AT.child(field);
  if (containers.length !== (old[field] ?? []).length) {
    errors.push(forbidden(at, 'pod updates may not add or remove containers'));
    return false;
  }
  for (const [index, { image = '' }] of containers.entries()) {
    const imageAt = at.index(index).child('image');
    if (image === '') errors.push(required(imageAt));
    if (image !== image.trim()) {
      errors.push(invalid(imageAt, image, 'must not have leading or trailing whitespace'));
    }
  }
  return true;
}

/** A deadline may be set, and lowered. @returns false when it is so bad that checking ends */
function checkDeadline(spec: PodSpec, old: PodSpec, at: Path, errors: FieldError[]): boolean {
  const seconds = spec.activeDeadlineSeconds;
  const before = old.activeDeadlineSeconds;
  if (seconds === undefined) {
    if (before === undefined) return true;
    errors.push(invalid(at, null, 'must not update from a positive integer to nil value'));
    return true;
  }
  if (seconds < 0 || seconds > INT32_MAX) {
    errors.push(invalid(at, seconds, rangeMessage(0, INT32_MAX)));
    return false;
  }
  if (before !== undefined && before < seconds) {
    errors.push(invalid(at, seconds, 'must be less than or equal to previous value'));
    return false;
  }
  return true;
}

/** `spec` with the old values of all that may be updated, so that the rest can be compared. */
function withoutUpdatable(spec: PodSpec, old: PodSpec): PodSpec {
  const rest: PodSpec = {
    ...spec,
    containers: spec.containers.map((container, index) => ({
      ...container,
      image: old.containers[index]?.image,
    })),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
  };
  if (spec.initContainers) {
    rest.initContainers = spec.initContainers.map((container, index) => ({
      ...container,
      image: old.initContainers?.[index]?.image,
    }));
  }
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    rest.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  return rest;
}

/** A gated pod's affinity with the old node affinity, whose growth was checked apart. */
function withNodeAffinity(
  affinity: Affinity | undefined,
  old: Affinity | undefined,
): Affinity | undefined {
  const before: NodeAffinity | undefined = old?.nodeAffinity;
  if (affinity === undefined) return before === undefined ? undefined : { nodeAffinity: before };
  const { podAffinity, podAntiAffinity } = affinity;
  if (old === undefined && !podAffinity && !podAntiAffinity) return undefined;
  return { ...affinity, nodeAffinity: before };
}
