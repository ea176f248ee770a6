import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/types.ts';
import { type FieldError, forbidden, invalid, Path, required } from '../field-error.ts';
import { equalJson, validateImmutable } from './immutable.ts';
import { resourceQuantity } from './pod/resource-list.ts';
import { specDiff } from './pod/spec-diff.ts';
import { validateClaimSpec } from './pod/validate-claim-template.ts';
import { leavesClassOpen, volumeAnnotations } from './volume-facts.ts';

/** Everything about a PersistentVolumeClaim but its metadata. */
export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  validateClaimSpec(spec, Path.of('spec'), errors);
  return errors;
}

function nanosOf(amount: string | undefined): bigint {
  return resourceQuantity(amount ?? '0')?.nanos ?? 0n;
}

/** What of a claim's spec must stay: all but what may be set once, or grow once it is bound. */
function lasting(
  spec: PersistentVolumeClaimSpec,
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): PersistentVolumeClaimSpec {
  const isBound = claim.status?.phase === 'Bound';
  const requests = spec.resources?.requests;
  const storage = old.spec.resources?.requests?.storage;
  return {
    ...spec,
    ...(old.spec.volumeName ? {} : { volumeName: undefined }),
    ...(leavesClassOpen(old) ? { storageClassName: undefined } : {}),
    ...(isBound && requests !== undefined
      ? { resources: { ...spec.resources, requests: { ...requests, storage: storage ?? '' } } }
      : {}),
    ...(isBound ? { volumeAttributesClassName: undefined } : {}),
  };
}

/** What an update of a PersistentVolumeClaim may not do. */
export function validateClaimUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): FieldError[] {
  const errors: FieldError[] = [];
  const { oldClass } = volumeAnnotations;
  const [annotation, oldAnnotation] = [claim, old].map(
    ({ metadata }) => metadata.annotations?.[oldClass] ?? '',
  );
  const isMoved = oldAnnotation !== '' && claim.spec.storageClassName === oldAnnotation;
  if (annotation !== oldAnnotation && !isMoved) {
    const at = Path.of('metadata').child('annotations').key(oldClass);
    errors.push(invalid(at, annotation, 'field is immutable'));
  }
  const before = lasting(old.spec, claim, old);
  const after = lasting(claim.spec, claim, old);
  if (isMoved && old.spec.storageClassName === undefined) after.storageClassName = undefined;
  if (!equalJson(after, before)) {
    const detail =
      'spec is immutable after creation except resources.requests and ' +
      `volumeAttributesClassName for bound claims\n${specDiff(before, after)}`;
    errors.push(forbidden('spec', detail));
  }
  const size = nanosOf(claim.spec.resources?.requests?.storage);
  const given = nanosOf(old.status?.capacity?.storage);
  if (size < nanosOf(old.spec.resources?.requests?.storage) && size <= given) {
    const at = Path.of('spec', 'resources', 'requests', 'storage');
    errors.push(forbidden(at, 'field can not be less than status.capacity'));
  }
  const [mode, oldMode] = [claim.spec.volumeMode, old.spec.volumeMode];
  errors.push(...validateImmutable(Path.of('volumeMode'), mode, oldMode));
  return errors;
}

/** What the status of a PersistentVolumeClaim must be like. */
export function validateClaimStatus({ spec, status }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.accessModes?.length) errors.push(required(Path.of('Spec', 'accessModes')));
  for (const field of ['capacity', 'allocatedResources'] as const) {
    for (const [name, amount] of Object.entries(status?.[field] ?? {})) {
      if (nanosOf(amount) >= 0n) continue;
      const at = Path.of('status', field).key(name);
      errors.push(invalid(at, amount, 'must be greater than or equal to 0'));
    }
  }
  return errors;
}
