import type {
  ContainerResizePolicy,
  CoreV1ResourceClaim,
  PodSpec,
  ResourceRequirements,
} from '../../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from '../../field-error.ts';
import { dns1123Label } from '../../names.ts';
import type { Path } from '../../path.ts';
import { compareQuantities, formatQuantity, type Quantity } from '../../quantity.ts';
import { addInvalid } from './check.ts';
import { resourceQuantity } from './resource-list.ts';
import {
  containerResourceName,
  isHugePages,
  isIntegerResource,
  isOvercommitAllowed,
  isPodLevelResource,
  podResourceName,
} from './resource-names.ts';
import { aggregateRequests } from './resources.ts';

type CheckName = (name: string, at: Path, errors: FieldError[]) => void;

const checkContainerName: CheckName = (name, at, errors) =>
  addInvalid(errors, at, name, containerResourceName(name));

const checkPodName: CheckName = (name, at, errors) => {
  const messages = podResourceName(name);
  addInvalid(errors, at, name, messages);
  if (messages.length === 0 && !isPodLevelResource(name)) {
    errors.push(notSupported(at, name, ['cpu', 'hugepages-', 'memory']));
  }
};

/** Checks the resources of a container. */
export function validateResources(
  resources: ResourceRequirements,
  at: Path,
  errors: FieldError[],
  claimNames: ReadonlySet<string>,
): void {
  validateRequirements(resources, at, errors, checkContainerName);
  const { claims } = resources;
  if (claims?.length) validateClaims(claims, at.child('claims'), errors, claimNames);
}

/** Checks `spec.overhead`. */
export function validateOverhead(
  overhead: Readonly<Record<string, string>>,
  at: Path,
  errors: FieldError[],
): void {
  validateRequirements({ limits: overhead }, at, errors, checkContainerName);
}

function validateRequirements(
  { limits = {}, requests = {} }: ResourceRequirements,
  at: Path,
  errors: FieldError[],
  checkName: CheckName,
): void {
  let usesHugePages = false;
  for (const name in limits) {
    validateQuantity(limits, name, at, 'limits', errors, checkName);
    usesHugePages ||= isHugePages(name);
  }
  for (const name in requests) {
    validateQuantity(requests, name, at, 'requests', errors, checkName);
    checkAgainstLimit(name, requests[name]!, limits[name], at, errors);
    usesHugePages ||= isHugePages(name);
  }
  if (!usesHugePages) return;
  const others = ['cpu', 'memory'].some((name) => name in limits || name in requests);
  if (!others) errors.push(forbidden(at, 'HugePages require cpu or memory'));
}

const NOT_A_QUANTITY =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WHOLE = 1_000_000_000n;

function validateQuantity(
  list: Readonly<Record<string, string>>,
  name: string,
  at: Path,
  field: 'limits' | 'requests',
  errors: FieldError[],
  checkName: CheckName,
): void {
  const entryAt = at.child(field).key(name);
  const text = list[name]!;
  const quantity = resourceQuantity(text);
  checkName(name, entryAt, errors);
  if (quantity === undefined) {
    errors.push(invalid(entryAt, text, NOT_A_QUANTITY));
    return;
  }
  if (quantity.nanos < 0n) {
    errors.push(invalid(entryAt, text, 'must be greater than or equal to 0'));
  }
  if (quantity.nanos % WHOLE !== 0n && isIntegerResource(name)) {
    errors.push(invalid(entryAt, text, 'must be an integer'));
  }
  if (isHugePages(name) && !isDivisible(name, quantity)) {
    errors.push(invalid(entryAt, text, `${text} is not positive integer multiple of ${name}`));
  }
}

function isDivisible(name: string, quantity: Quantity): boolean {
  const page = resourceQuantity(name.slice('hugepages-'.length));
  if (page === undefined || page.nanos <= 0n || page.nanos % WHOLE !== 0n) return false;
  return quantity.nanos % page.nanos === 0n;
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
function compare(a: string, b: string): number {
  const [left, right] = [resourceQuantity(a), resourceQuantity(b)];
  return left === undefined || right === undefined ? 0 : compareQuantities(left, right);
}

function checkAgainstLimit(
  name: string,
  request: string,
  limit: string | undefined,
  at: Path,
  errors: FieldError[],
): void {
  if (limit === undefined) {
    if (isOvercommitAllowed(name)) return;
    const detail = 'Limit must be set for non overcommitable resources';
    errors.push(required(at.child('limits'), detail));
    return;
  }
  if (request === limit) return;
  const order = compare(request, limit);
  if (order !== 0 && !isOvercommitAllowed(name)) {
    const detail = `must be equal to ${name} limit of ${limit}`;
    errors.push(invalid(at.child('requests'), request, detail));
  } else if (order > 0) {
    const detail = `must be less than or equal to ${name} limit of ${limit}`;
    errors.push(invalid(at.child('requests'), request, detail));
  }
}

function validateClaims(
  claims: readonly CoreV1ResourceClaim[],
  at: Path,
  errors: FieldError[],
  podClaims: ReadonlySet<string>,
): void {
  const seen = new Set<string>();
  for (const [index, { name = '', request = '' }] of claims.entries()) {
    const claimAt = at.index(index);
    if (name === '') {
      errors.push(required(claimAt));
      continue;
    }
    const key = request === '' ? name : `${name}/${request}`;
    if (seen.has(name)) {
      errors.push(duplicate(claimAt, name));
    } else {
      if (request !== '')
        addInvalid(errors, claimAt.child('request'), request, dns1123Label(request));
      if (seen.has(key)) errors.push(duplicate(claimAt, key));
      else if (request === '') {
        for (const other of seen) {
          if (other.startsWith(`${name}/`)) errors.push(duplicate(claimAt, name));
        }
      }
      seen.add(key);
    }
    if (podClaims.has(name)) continue;
    const names =
      podClaims.size === 0 ? ' which is empty' : `: ${[...podClaims].sort().join(', ')}`;
    const detail = `must be one of the names in pod.spec.resourceClaims${names}`;
    errors.push({ type: 'NotFound', field: String(claimAt), badValue: name, detail });
  }
}

/** Checks `spec.resources`: what all containers of a pod have together. */
export function validatePodResources(
  spec: PodSpec,
  resources: ResourceRequirements,
  at: Path,
  errors: FieldError[],
): void {
  if (resources.claims !== undefined) {
    const detail = 'claims cannot be set for Resources at pod-level';
    errors.push(forbidden(at.child('claims'), detail));
  }
  validateRequirements(resources, at, errors, checkPodName);
  const { requests = {}, limits = {} } = resources;
  for (const [name, quantity] of aggregateRequests(spec)) {
    const request = requests[name] ?? '0';
    const sum = formatQuantity(quantity);
    if (compare(sum, request) <= 0) continue;
    const detail = `must be greater than or equal to aggregate container requests of ${sum}`;
    errors.push(invalid(at.child('requests').key(name), request, detail));
  }
  for (const [index, container] of spec.containers.entries()) {
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const podLimit = limits[name];
      if (podLimit === undefined || compare(limit, podLimit) <= 0) continue;
      const limitAt = at.child('containers').index(index).key(name).child('limits');
      const detail = `must be less than or equal to pod limits of ${podLimit}`;
      errors.push(invalid(limitAt, limit, detail));
    }
  }
}

const RESIZABLE = ['cpu', 'memory'];
const RESIZE_POLICIES = ['NotRequired', 'RestartContainer'];

/** Checks a container's `resizePolicy`. */
export function validateResizePolicy(
  policies: readonly ContainerResizePolicy[],
  at: Path,
  errors: FieldError[],
  restartPolicy: string,
): void {
  const seen = new Set<string>();
  for (const [index, policy] of policies.entries()) {
    const { resourceName = '', restartPolicy: onResize = '' } = policy;
    if (seen.has(resourceName)) errors.push(duplicate(at.index(index), resourceName));
    seen.add(resourceName);
    if (resourceName === '') errors.push(required(at));
    else if (!RESIZABLE.includes(resourceName)) {
      errors.push(notSupported(at, resourceName, RESIZABLE));
    }
    if (onResize === '') errors.push(required(at));
    else if (!RESIZE_POLICIES.includes(onResize)) {
      errors.push(notSupported(at, onResize, RESIZE_POLICIES));
    }
    if (restartPolicy === 'Never' && onResize !== 'NotRequired') {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      errors.push(invalid(at, onResize, detail));
    }
  }
}
