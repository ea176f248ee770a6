import type { ObjectFieldSelector, ResourceFieldSelector } from '../../../generated/types.ts';
import { type FieldError, invalid, notSupported, required } from '../../field-error.ts';
import { qualifiedName } from '../../names.ts';
import type { Path } from '../../path.ts';
import { addInvalid } from './check.ts';
import { canonicalResource } from './resource-list.ts';

/** Fields of a pod that an environment variable may show. */
export const ENV_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields of a pod that a file of a downward API volume may show. */
export const FILE_FIELDS: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Fields with a name in the API, be they allowed in a place or not. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  ...ENV_FIELDS,
  ...FILE_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);

/** `metadata.labels['app']`, in parts. */
export function splitSubscript(path: string): { path: string; key: string } | undefined {
  if (!path.endsWith("']")) return undefined;
  const start = path.indexOf("['");
  if (start <= 0) return undefined;
  return { path: path.slice(0, start), key: path.slice(start + 2, -2) };
}

/** Checks a fieldRef that may name one of `fields`, or one label or annotation. */
export function validateFieldRef(
  ref: ObjectFieldSelector,
  at: Path,
  errors: FieldError[],
  fields: readonly string[],
): void {
  const { apiVersion = '', fieldPath = '' } = ref;
  const pathAt = at.child('fieldPath');
  if (apiVersion === '') {
    errors.push(required(at.child('apiVersion')));
    return;
  }
  if (fieldPath === '') {
    errors.push(required(pathAt));
    return;
  }
  if (apiVersion !== 'v1') {
    const detail = `error converting fieldPath: unsupported pod version: ${apiVersion}`;
    errors.push(invalid(pathAt, fieldPath, detail));
    return;
  }
  const subscript = splitSubscript(fieldPath);
  if (subscript !== undefined) {
    validateSubscript(subscript, fieldPath, at, errors);
    return;
  }
  const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (!KNOWN_FIELDS.has(field)) {
    const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
    errors.push(invalid(pathAt, fieldPath, detail));
  } else if (!fields.includes(field)) {
    errors.push(notSupported(pathAt, field, fields));
  }
}

function validateSubscript(
  { path, key }: { path: string; key: string },
  fieldPath: string,
  at: Path,
  errors: FieldError[],
): void {
  if (path === 'metadata.annotations') {
    const name = key.toLowerCase();
    addInvalid(errors, at, name, qualifiedName(name));
  } else if (path === 'metadata.labels') {
    addInvalid(errors, at, key, qualifiedName(key));
  } else {
    const detail = `error converting fieldPath: field label does not support subscript: ${fieldPath}`;
    errors.push(invalid(at.child('fieldPath'), fieldPath, detail));
  }
}

const RESOURCE_FIELDS: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

/** Checks a resourceFieldRef; one in a volume must name its container. */
export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  at: Path,
  errors: FieldError[],
  inVolume: boolean,
): void {
  const { resource = '' } = ref;
  if (inVolume && !ref.containerName) {
    errors.push(required(at.child('containerName')));
  } else if (resource === '') {
    errors.push(required(at.child('resource')));
  } else if (!RESOURCE_FIELDS.includes(resource) && !isHugePages(resource)) {
    errors.push(notSupported(at.child('resource'), resource, RESOURCE_FIELDS));
  }
  checkDivisor(resource, ref.divisor, at, errors);
}

function isHugePages(resource: string): boolean {
  return /^(?:requests|limits)\.hugepages-/.test(resource);
}

const BYTE_DIVISORS = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

function checkDivisor(
  resource: string,
  divisor: string | undefined,
  at: Path,
  errors: FieldError[],
): void {
  const text = divisor === undefined ? '0' : canonicalResource(divisor);
  if (text === '0') return;
  const kind = isHugePages(resource) ? 'hugepages' : resource.slice(resource.indexOf('.') + 1);
  const divisorAt = at.child('divisor');
  if (kind === 'cpu') {
    if (text === '1' || text === '1m') return;
    const detail = "only divisor's values 1m and 1 are supported with the cpu resource";
    errors.push(invalid(divisorAt, resource, detail));
  } else if (RESOURCE_FIELDS.includes(resource) || kind === 'hugepages') {
    if (BYTE_DIVISORS.split(', ').includes(text)) return;
    const name = kind === 'ephemeral-storage' ? 'local ephemeral storage' : kind;
    const detail = `only divisor's values ${BYTE_DIVISORS} are supported with the ${name} resource`;
    errors.push(invalid(divisorAt, resource, detail));
  }
}
