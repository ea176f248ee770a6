import type { Container, EphemeralContainer, PodSpec, Volume } from '../../../generated/types.ts';
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  required,
} from '../../field-error.ts';
import { dns1123Label } from '../../names.ts';
import type { Path } from '../../path.ts';
import type { AnyContainer } from './any-container.ts';
import { addInvalidIn, checkPolicy, PULL_POLICIES } from './check.ts';
import { isSidecar } from './conditions.ts';
import { validateEnv, validateEnvFrom } from './validate-env.ts';
import { validateMounts } from './validate-mounts.ts';
import { checkHostPorts, validatePorts } from './validate-ports.ts';
import { validateProbes } from './validate-probes.ts';
import { validateResizePolicy, validateResources } from './validate-resources.ts';
import { validateSecurityContext } from './validate-security.ts';

/** What the rules for a container need to know of its pod. */
export interface ContainerSurroundings {
  readonly spec: PodSpec;
  /** The pod's good volumes by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
}

const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];

/** Checks what holds for regular, init and ephemeral containers alike. */
function validateCommon(
  container: AnyContainer,
  at: Path,
  errors: FieldError[],
  { spec, volumes, claimNames }: ContainerSurroundings,
): void {
  if (!container.name) errors.push(required(at.child('name')));
  else addInvalidIn(errors, at, 'name', container.name, dns1123Label(container.name));
  if (!container.image) errors.push(required(at.child('image')));
  const { terminationMessagePolicy: policy } = container;
  checkPolicy(errors, at, 'terminationMessagePolicy', policy, MESSAGE_POLICIES);
  if (container.ports?.length) validatePorts(container.ports, at.child('ports'), errors);
  if (container.env?.length) validateEnv(container.env, at.child('env'), errors);
  if (container.envFrom?.length) validateEnvFrom(container.envFrom, at.child('envFrom'), errors);
  if (container.volumeMounts?.length || container.volumeDevices?.length) {
    validateMounts(container, at, errors, volumes);
  }
  checkPolicy(errors, at, 'imagePullPolicy', container.imagePullPolicy, PULL_POLICIES);
  if (container.resources) {
    validateResources(container.resources, at.child('resources'), errors, claimNames);
  }
  if (container.resizePolicy?.length) {
    const policyAt = at.child('resizePolicy');
    validateResizePolicy(container.resizePolicy, policyAt, errors, spec.restartPolicy ?? '');
  }
  if (container.securityContext) {
    const contextAt = at.child('securityContext');
    validateSecurityContext(container.securityContext, contextAt, errors, spec.hostUsers !== false);
  }
}

/** Checks `spec.containers`. */
export function validateContainers(
  surroundings: ContainerSurroundings,
  at: Path,
  errors: FieldError[],
): void {
  const { spec } = surroundings;
  if (spec.containers.length === 0) {
    errors.push(required(at));
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of spec.containers.entries()) {
    const containerAt = at.index(index);
    validateCommon(container, containerAt, errors, surroundings);
    const { name = '' } = container;
    if (names.has(name)) errors.push(duplicate(containerAt.child('name'), name));
    names.add(name);
    validateProbes(container, containerAt, errors, spec.terminationGracePeriodSeconds);
  }
  checkHostPorts(spec.containers, at, errors);
}

const NOT_FOR_INIT = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** Checks `spec.initContainers`, sidecars among them. */
export function validateInitContainers(
  surroundings: ContainerSurroundings,
  at: Path,
  errors: FieldError[],
): void {
  const { spec } = surroundings;
  const names = new Set(spec.containers.map(({ name }) => name));
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    const containerAt = at.index(index);
    validateCommon(container, containerAt, errors, surroundings);
    const { name = '' } = container;
    if (names.has(name)) errors.push(duplicate(containerAt.child('name'), name));
    else if (name !== '') names.add(name);
    // Init containers run one by one: only the ports of one of them can collide. Upstream names
    // the list's first container, whichever it is.
    checkHostPorts([container], at, errors);
    if (isSidecar(container)) {
      validateProbes(container, containerAt, errors, spec.terminationGracePeriodSeconds);
      continue;
    }
    for (const field of NOT_FOR_INIT) {
      if (container[field] === undefined) continue;
      const detail = 'may not be set for init containers without restartPolicy=Always';
      errors.push(forbidden(containerAt.child(field), detail));
    }
  }
}

/** Fields that an ephemeral container shares with others but must leave alone, in their order. */
const NOT_FOR_EPHEMERAL = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Checks `spec.ephemeralContainers`. */
export function validateEphemeralContainers(
  surroundings: ContainerSurroundings,
  at: Path,
  errors: FieldError[],
): void {
  const { spec } = surroundings;
  const targets = new Set<string>();
  for (const { name } of spec.containers) targets.add(name);
  for (const { name } of spec.initContainers ?? []) targets.add(name);
  const names = new Set(targets);
  for (const [index, container] of (spec.ephemeralContainers ?? []).entries()) {
    const containerAt = at.index(index);
    validateCommon(container, containerAt, errors, surroundings);
    checkImageSpace(container, containerAt, errors);
    const { name = '', targetContainerName: target } = container;
    if (names.has(name)) errors.push(duplicate(containerAt.child('name'), name));
    names.add(name);
    if (target && !targets.has(target)) {
      errors.push(notFound(containerAt.child('targetContainerName'), target));
    }
    validateEphemeralOnly(container, containerAt, errors);
  }
}

function validateEphemeralOnly(
  container: EphemeralContainer,
  at: Path,
  errors: FieldError[],
): void {
  const detail = 'cannot be set for an Ephemeral Container';
  for (const field of NOT_FOR_EPHEMERAL) {
    if (isSet(container[field])) errors.push(forbidden(at.child(field), detail));
  }
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const mountAt = at.child('volumeMounts').index(index);
    if (mount.subPath) errors.push(forbidden(mountAt.child('subPath'), detail));
    if (mount.subPathExpr) errors.push(forbidden(mountAt.child('subPathExpr'), detail));
  }
}

/** Whether a list or object holds anything: `resources: {}` is filled in for every container. */
function isSet(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Object.keys(value).length > 0;
}

/** Complains about blanks around an image name, which pod templates may have. */
function checkImageSpace(
  { image = '' }: { readonly image?: string },
  at: Path,
  errors: FieldError[],
): void {
  if (image === image.trim()) return;
  errors.push(invalid(at.child('image'), image, 'must not have leading or trailing whitespace'));
}

/** Checks the images of regular and init containers of a pod (not of a template). */
export function validateImages(
  containers: readonly Container[] | undefined,
  at: Path,
  errors: FieldError[],
): void {
  for (const [index, container] of (containers ?? []).entries()) {
    checkImageSpace(container, at.index(index), errors);
  }
}
