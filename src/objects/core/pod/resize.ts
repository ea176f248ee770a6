import type { Container, Pod } from '../../../generated/types.ts';
import { type FieldError, forbidden, invalid } from '../../field-error.ts';
import type { ObjectSubresource } from '../../kind.ts';
import type { Path } from '../../path.ts';
import { isSidecar } from './conditions.ts';
import { isEqual } from './equal.ts';
import { preparePartUpdate } from './prepare.ts';
import { qosClass } from './qos.ts';
import { MIRROR_ANNOTATION } from './validate-annotations.ts';
import { SPEC_AT, validatePod } from './validate-pod.ts';

/** `pods/resize`: cpu and memory of the containers of a running pod. */
export const resize: ObjectSubresource<Pod> = {
  type: 'object',

  prepareForUpdate(pod, old) {
    const containers = withResources(pod.spec.containers, old.spec.containers);
    const initContainers = withResources(pod.spec.initContainers, old.spec.initContainers);
    // A changed list of containers is left for validation to refuse.
    if (containers === undefined || initContainers === undefined) return;
    const spec = { ...old.spec, containers };
    if (initContainers.length > 0) spec.initContainers = initContainers;
    preparePartUpdate(pod, old, spec);
  },

  validateUpdate: validateResize,
};

/** The old containers with new resources; undefined when containers came, went or moved. */
function withResources(
  containers: readonly Container[] = [],
  old: readonly Container[] = [],
): Container[] | undefined {
  if (containers.length !== old.length) return undefined;
  const merged: Container[] = [];
  for (const [index, before] of old.entries()) {
    const { name, resources, resizePolicy } = containers[index]!;
    if (name !== before.name) return undefined;
    const container: Container = { ...before };
    if (resources === undefined) delete container.resources;
    else container.resources = resources;
    if (resizePolicy === undefined) delete container.resizePolicy;
    else container.resizePolicy = resizePolicy;
    merged.push(container);
  }
  return merged;
}

/** Checks a resize (upstream's ValidatePodResize). */
function validateResize(pod: Pod, old: Pod): FieldError[] {
  const refusal = refusalOf(pod, old);
  if (refusal !== undefined) return [forbidden('', refusal)];
  const errors = validatePod(pod);
  if ((old.status?.qosClass ?? qosClass(old.spec)) !== qosClass(pod.spec)) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.push(invalid(SPEC_AT, pod.status?.qosClass ?? '', detail));
  }
  if (!isResizable(old)) {
    errors.push(forbidden(SPEC_AT, 'Pod running on node without support for resize'));
  }
  validateLists(pod, old, errors);
  if (errors.length > 0) return errors;
  const fixed = { ...pod.spec, containers: [], initContainers: [] };
  const before = { ...old.spec, containers: [], initContainers: [] };
  if (!isEqual(fixed, before)) {
    errors.push(forbidden(SPEC_AT, 'only cpu and memory resources are mutable'));
  }
  return errors;
}

function refusalOf(pod: Pod, old: Pod): string | undefined {
  if (hasPodResources(pod) || hasPodResources(old)) {
    return 'pods with pod-level resources cannot be resized';
  }
  if (old.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) {
    return 'static pods cannot be resized';
  }
  return old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

function hasPodResources({ spec: { resources } }: Pod): boolean {
  return Object.keys({ ...resources?.limits, ...resources?.requests }).length > 0;
}

/** A node that resizes reports the resources of running containers. */
function isResizable(pod: Pod): boolean {
  const running = pod.status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function validateLists(pod: Pod, old: Pod, errors: FieldError[]): void {
  const containers = pod.spec.containers;
  const initContainers = pod.spec.initContainers ?? [];
  const oldInit = old.spec.initContainers ?? [];
  const sameLength =
    containers.length === old.spec.containers.length && initContainers.length === oldInit.length;
  if (!sameLength) {
    errors.push(forbidden(SPEC_AT, 'only cpu and memory resources are mutable'));
    return;
  }
  for (const [index, before] of oldInit.entries()) {
    if (!isSidecar(before)) continue;
    const at = SPEC_AT.child('initContainers').index(index).child('resources');
    validateContainer(initContainers[index]!, before, at, errors);
  }
  for (const [index, before] of old.spec.containers.entries()) {
    const at = SPEC_AT.child('containers').index(index).child('resources');
    validateContainer(containers[index]!, before, at, errors);
  }
  for (const [index, before] of old.spec.containers.entries()) {
    if (isEqual(withOldAmounts(containers[index]!, before), before)) continue;
    errors.push(forbidden(SPEC_AT, 'only cpu and memory resources are mutable'));
  }
  for (const [index, before] of oldInit.entries()) {
    const container = initContainers[index]!;
    const fixed = isSidecar(container) ? withOldAmounts(container, before) : container;
    if (isEqual(fixed, before)) continue;
    const detail = isSidecar(container)
      ? 'only cpu and memory resources for sidecar containers are mutable'
      : 'resources for non-sidecar init containers are immutable';
    errors.push(forbidden(SPEC_AT, detail));
  }
}

function validateContainer(
  { resources = {} }: Container,
  { resources: old = {} }: Container,
  at: Path,
  errors: FieldError[],
): void {
  for (const field of ['requests', 'limits'] as const) {
    const removed = Object.keys(old[field] ?? {}).some(
      (name) => !(name in (resources[field] ?? {})),
    );
    if (!removed) continue;
    errors.push(forbidden(at.child(field), `resource ${field} cannot be removed`));
  }
}

/** `container` with the cpu and memory of `old`, so that the rest can be compared. */
function withOldAmounts(container: Container, old: Container): Container {
  const amounts = (field: 'limits' | 'requests') => {
    const before = old.resources?.[field];
    if (before === undefined) return undefined;
    const { cpu, memory, ...others } = container.resources?.[field] ?? {};
    const kept: Record<string, string> = { ...others };
    for (const name of ['cpu', 'memory']) if (name in before) kept[name] = before[name]!;
    return kept;
  };
  return {
    ...container,
    resources: { ...container.resources, limits: amounts('limits'), requests: amounts('requests') },
  };
}
