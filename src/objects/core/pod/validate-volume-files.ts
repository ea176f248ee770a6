import type {
  ConfigMapVolumeSource,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  SecretVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid, required } from '../../field-error.ts';
import type { Path } from '../../path.ts';
import { checkVolumeFilePath } from './check-path.ts';
import { FILE_FIELDS, validateFieldRef, validateResourceFieldRef } from './validate-field-refs.ts';

/** Volumes whose files come from the API: secrets, config maps, the pod itself and tokens. */

const MODE_MAX = 0o777;

/** Upstream drops these while their features are off; here nobody shall wonder where they are. */
const UNSUPPORTED = ['clusterTrustBundle', 'podCertificate'] as const;

function checkMode(errors: FieldError[], at: Path, mode: number | undefined): void {
  if (mode === undefined || (mode >= 0 && mode <= MODE_MAX)) return;
  const detail = 'must be a number between 0 and 0777 (octal), both inclusive';
  errors.push(invalid(at, mode, detail));
}

function validateItems(items: readonly KeyToPath[] | undefined, at: Path, errors: FieldError[]) {
  for (const [index, item] of (items ?? []).entries()) {
    const itemAt = at.child('items').index(index);
    const { key, path = '', mode } = item;
    if (!key) errors.push(required(itemAt.child('key')));
    if (!path) errors.push(required(itemAt.child('path')));
    checkVolumeFilePath(errors, itemAt.child('path'), path);
    checkMode(errors, itemAt.child('mode'), mode);
  }
}

/** Checks a volume of a secret. */
export function validateSecret(secret: SecretVolumeSource, at: Path, errors: FieldError[]): void {
  if (!secret.secretName) errors.push(required(at.child('secretName')));
  checkMode(errors, at.child('defaultMode'), secret.defaultMode);
  validateItems(secret.items, at, errors);
}

/** Checks a volume of a config map. */
export function validateConfigMap(
  configMap: ConfigMapVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  if (!configMap.name) errors.push(required(at.child('name')));
  checkMode(errors, at.child('defaultMode'), configMap.defaultMode);
  validateItems(configMap.items, at, errors);
}

function validateDownwardFile(
  { path = '', fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile,
  at: Path,
  errors: FieldError[],
): void {
  if (path === '') errors.push(required(at.child('path')));
  checkVolumeFilePath(errors, at.child('path'), path);
  if (fieldRef) {
    validateFieldRef(fieldRef, at.child('fieldRef'), errors, FILE_FIELDS);
    if (resourceFieldRef) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      errors.push(invalid(at, 'resource', detail));
    }
  } else if (resourceFieldRef) {
    validateResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), errors, true);
  } else {
    errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  }
  checkMode(errors, at.child('mode'), mode);
}

/** Checks a volume of fields of the pod. Upstream leaves the item's index out of the paths. */
export function validateDownwardApi(
  volume: DownwardAPIVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  checkMode(errors, at.child('defaultMode'), volume.defaultMode);
  for (const file of volume.items ?? []) validateDownwardFile(file, at, errors);
}

/** Checks a volume of several sources. */
export function validateProjected(
  projected: ProjectedVolumeSource,
  at: Path,
  errors: FieldError[],
): void {
  checkMode(errors, at.child('defaultMode'), projected.defaultMode);
  const paths = new Set<string>();
  for (const [index, source] of (projected.sources ?? []).entries()) {
    const sourceAt = at.child('sources').index(index);
    const found = validateProjection(source, at, sourceAt, errors, paths);
    if (found > 1) {
      errors.push(forbidden(sourceAt, 'may not specify more than 1 volume type per source'));
    }
  }
}

function addPath(
  paths: Set<string>,
  path: string | undefined,
  at: Path,
  shown: unknown,
  errors: FieldError[],
): void {
  if (!path) return;
  if (paths.has(path)) errors.push(invalid(at, shown, 'conflicting duplicate paths'));
  paths.add(path);
}

/** @returns how many kinds of source `source` names */
function validateProjection(
  source: VolumeProjection,
  at: Path,
  sourceAt: Path,
  errors: FieldError[],
  paths: Set<string>,
): number {
  let found = 0;
  for (const field of ['secret', 'configMap'] as const) {
    const keys = source[field];
    if (keys === undefined) continue;
    found += 1;
    const keysAt = sourceAt.child(field);
    if (!keys.name) errors.push(required(keysAt.child('name')));
    validateItems(keys.items, keysAt, errors);
    for (const item of keys.items ?? []) addPath(paths, item.path, at, keys.name ?? '', errors);
  }
  if (source.downwardAPI) {
    found += 1;
    for (const file of source.downwardAPI.items ?? []) {
      validateDownwardFile(file, sourceAt.child('downwardAPI'), errors);
      addPath(paths, file.path, at, file.path, errors);
    }
  }
  if (source.serviceAccountToken) {
    found += 1;
    validateToken(source.serviceAccountToken, at, sourceAt.child('serviceAccountToken'), errors);
  }
  for (const field of UNSUPPORTED) {
    if (source[field] === undefined) continue;
    found += 1;
    errors.push(forbidden(sourceAt.child(field), 'this cluster has no such source'));
  }
  return found;
}

const TOKEN_SECONDS_MIN = 600;
const TOKEN_SECONDS_MAX = 2 ** 32;

function validateToken(
  { expirationSeconds = 0, path = '' }: ServiceAccountTokenProjection,
  at: Path,
  tokenAt: Path,
  errors: FieldError[],
): void {
  const secondsAt = tokenAt.child('expirationSeconds');
  if (expirationSeconds < TOKEN_SECONDS_MIN) {
    const detail = 'may not specify a duration less than 10 minutes';
    errors.push(invalid(secondsAt, expirationSeconds, detail));
  }
  if (expirationSeconds > TOKEN_SECONDS_MAX) {
    const detail = 'may not specify a duration larger than 2^32 seconds';
    errors.push(invalid(secondsAt, expirationSeconds, detail));
  }
  if (path === '') errors.push(required(at.child('path')));
  else checkVolumeFilePath(errors, at.child('path'), path);
}
