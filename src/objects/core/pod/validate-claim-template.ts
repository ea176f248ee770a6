import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedLocalObjectReference,
  TypedObjectReference,
} from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../field-error.ts';
import { validateLabels } from '../../labels.ts';
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../../names.ts';
import type { Path } from '../../path.ts';
import { ACCESS_MODES } from '../volume-facts.ts';
import { addInvalid, checkOneOf, checkSelector } from './check.ts';
import { resourceQuantity } from './resource-list.ts';

/** Checks the claim that a pod makes for an ephemeral volume. */
export function validateClaimTemplate(
  { metadata = {}, spec }: PersistentVolumeClaimTemplate,
  at: Path,
  errors: FieldError[],
): void {
  const metadataAt = at.child('metadata');
  for (const key of Object.keys(metadata.annotations ?? {})) {
    addInvalid(errors, metadataAt.child('annotations'), key, qualifiedName(key.toLowerCase()));
  }
  errors.push(...validateLabels(metadata.labels ?? {}, metadataAt.child('labels')));
  for (const [field, value] of Object.entries(metadata)) {
    if (value === undefined || field === 'annotations' || field === 'labels') continue;
    errors.push(forbidden(metadataAt.child(field), 'cannot be set'));
  }
  validateClaimSpec(spec ?? {}, at.child('spec'), errors);
}

/** Checks the spec of a PersistentVolumeClaim. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec,
  at: Path,
  errors: FieldError[],
): void {
  validateAccessModes(spec.accessModes ?? [], at.child('accessModes'), errors, () => {
    checkSelector(errors, at, 'selector', spec.selector);
  });
  checkStorage(spec.resources?.requests?.storage, at.child('resources').key('storage'), errors);
  if (spec.storageClassName) {
    const messages = dns1123Subdomain(spec.storageClassName);
    addInvalid(errors, at.child('storageClassName'), spec.storageClassName, messages);
  }
  if (spec.volumeMode !== undefined) {
    checkOneOf(errors, at, 'volumeMode', spec.volumeMode, ['Block', 'Filesystem']);
  }
  validateDataSources(spec, at, errors);
  const { volumeAttributesClassName: attributes } = spec;
  if (attributes) {
    const attributesAt = at.child('volumeAttributesClassName');
    addInvalid(errors, attributesAt, attributes, dns1123Subdomain(attributes));
  }
}

function validateAccessModes(
  modes: readonly string[],
  at: Path,
  errors: FieldError[],
  checkBetween: () => void,
): void {
  if (modes.length === 0) errors.push(required(at, 'at least 1 access mode is required'));
  checkBetween();
  for (const mode of modes) {
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(at, mode, ACCESS_MODES));
  }
  const others = modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode));
  if (others && modes.includes('ReadWriteOncePod')) {
    errors.push(forbidden(at, 'may not use ReadWriteOncePod with other access modes'));
  }
}

function checkStorage(size: string | undefined, at: Path, errors: FieldError[]): void {
  if (size === undefined) errors.push(required(at));
  else if ((resourceQuantity(size)?.nanos ?? 0n) <= 0n) {
    errors.push(invalid(at, size, 'must be greater than zero'));
  }
}

function validateDataSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  at: Path,
  errors: FieldError[],
): void {
  if (dataSource) validateDataSource(dataSource, at.child('dataSource'), errors);
  if (dataSourceRef) {
    const refAt = at.child('dataSourceRef');
    validateDataSource(dataSourceRef, refAt, errors);
    const { namespace } = dataSourceRef;
    if (namespace) addInvalid(errors, refAt.child('namespace'), namespace, dns1123Label(namespace));
  }
  if (!dataSource || !dataSourceRef) return;
  if (dataSourceRef.namespace) {
    const detail = 'may not be specified when dataSourceRef.namespace is specified';
    errors.push(invalid(at, String(at.child('dataSource')), detail));
  } else if (!isSameSource(dataSource, dataSourceRef)) {
    errors.push(invalid(at, String(at.child('dataSource')), 'must match dataSourceRef'));
  }
}

function isSameSource(a: TypedLocalObjectReference, b: TypedObjectReference): boolean {
  return a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name;
}

function validateDataSource(
  { name, kind = '', apiGroup = '' }: TypedLocalObjectReference,
  at: Path,
  errors: FieldError[],
): void {
  if (!name) errors.push(required(at.child('name')));
  if (!kind) errors.push(required(at.child('kind')));
  if (apiGroup !== '') {
    addInvalid(errors, at.child('apiGroup'), apiGroup, dns1123Subdomain(apiGroup));
  } else if (kind !== 'PersistentVolumeClaim') {
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(at, kind, detail));
  }
}
