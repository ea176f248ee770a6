import type { StorageClass, TopologySelectorTerm } from '../../generated/types.ts';
import { equalJson, validateImmutable } from '../core/immutable.ts';
import { ageColumn, column, nameColumn } from '../core/table-columns.ts';
import { isDefaultClass } from '../core/volume-facts.ts';
import { volumeTexts } from '../core/volume-texts.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  Path,
  required,
  tooLong,
} from '../field-error.ts';
import { humanAge } from '../human-duration.ts';
import { defineKind } from '../kind.ts';
import { dns1123Subdomain, labelValue, qualifiedName } from '../names.ts';

const PARAMETERS_MAX = 512;
const PARAMETER_BYTES_MAX = 256 * 1024;
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];
const RECLAIM_POLICIES = ['Delete', 'Retain'];

function validateParameters(parameters: Readonly<Record<string, string>>): FieldError[] {
  const at = Path.of('parameters');
  const entries = Object.entries(parameters);
  if (entries.length > PARAMETERS_MAX) return [tooLong(at, PARAMETERS_MAX)];
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of entries) {
    if (key === '') errors.push(invalid(at, key, 'field can not be empty.'));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > PARAMETER_BYTES_MAX) errors.push(tooLong(at, PARAMETER_BYTES_MAX));
  return errors;
}

function validateTopologies(terms: readonly TopologySelectorTerm[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, { matchLabelExpressions = [] }] of terms.entries()) {
    const expressionsAt = Path.of('allowedTopologies').index(index).child('matchLabelExpressions');
    const seen = new Set<string>();
    for (const [place, { key, values = [] }] of matchLabelExpressions.entries()) {
      const at = expressionsAt.index(place);
      if (seen.has(key)) errors.push(duplicate(at.child('key'), key));
      seen.add(key);
      if (values.length === 0) errors.push(required(at.child('values')));
      for (const [number, value] of values.entries()) {
        const valueAt = at.child('values').index(number);
        if (values.indexOf(value) < number) errors.push(duplicate(valueAt, value));
        errors.push(...labelValue(value).map((text) => invalid(valueAt, value, text)));
      }
      errors.push(...qualifiedName(key).map((text) => invalid(at.child('key'), key, text)));
    }
  }
  return errors;
}

function validate(storageClass: StorageClass): FieldError[] {
  const { provisioner, parameters = {}, reclaimPolicy, volumeBindingMode } = storageClass;
  const errors: FieldError[] = [];
  const at = Path.of('provisioner');
  if (!provisioner) errors.push(required(at));
  else {
    const texts = qualifiedName(provisioner.toLowerCase());
    errors.push(...texts.map((text) => invalid(at, provisioner, text)));
  }
  errors.push(...validateParameters(parameters));
  if (reclaimPolicy && !RECLAIM_POLICIES.includes(reclaimPolicy)) {
    errors.push(notSupported(Path.of('reclaimPolicy'), reclaimPolicy, RECLAIM_POLICIES));
  }
  if (volumeBindingMode !== undefined && !BINDING_MODES.includes(volumeBindingMode)) {
    errors.push(notSupported(Path.of('volumeBindingMode'), volumeBindingMode, BINDING_MODES));
  }
  errors.push(...validateTopologies(storageClass.allowedTopologies ?? []));
  return errors;
}

function validateUpdate(storageClass: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    if (equalJson(storageClass[field] ?? {}, old[field] ?? {})) continue;
    errors.push(forbidden(field, `updates to ${field} are forbidden.`));
  }
  const [mode, oldMode] = [storageClass.volumeBindingMode, old.volumeBindingMode];
  errors.push(...validateImmutable(Path.of('volumeBindingMode'), mode, oldMode));
  return errors;
}

/** StorageClasses: who makes volumes for claims, and how. */
export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  categories: [],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',

  validateName: dns1123Subdomain,
  defaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate,
  update: { validateUpdate },
  subresources: {},

  columns: [
    nameColumn,
    column('Provisioner', volumeTexts.classProvisioner),
    column('ReclaimPolicy', volumeTexts.classReclaimPolicy),
    column('VolumeBindingMode', volumeTexts.classBindingMode),
    column('AllowVolumeExpansion', volumeTexts.classExpansion),
    ageColumn,
  ],
  cells: (storageClass, now) => [
    `${storageClass.metadata.name ?? ''}${isDefaultClass(storageClass) ? ' (default)' : ''}`,
    storageClass.provisioner,
    storageClass.reclaimPolicy ?? '<unset>',
    storageClass.volumeBindingMode ?? '<unset>',
    String(storageClass.allowVolumeExpansion ?? false),
    humanAge(storageClass.metadata.creationTimestamp, now),
  ],
});
