import type {
  Container,
  ContainerStatus,
  Pod,
  ResourceRequirements,
} from '../../generated/types.ts';
import { resourceQuantity } from '../../objects/core/pod/resource-list.ts';
import { compareQuantities } from '../../objects/quantity.ts';
import { allContainers } from '../pod-identity.ts';

/** The resources that can be changed while a container runs. */
const RESIZABLE = ['cpu', 'memory'] as const;

/** Resources of a pod's containers, by name. */
export type PodResources = ReadonlyMap<string, ResourceRequirements>;

/** What the pod asks for its containers. */
export function desiredResources(pod: Pod): PodResources {
  return new Map(allContainers(pod).map(({ name, resources = {} }) => [name, resources]));
}

/** The pod with other resources of its containers; the same object where they are the same. */
export function withResources(pod: Pod, resources: PodResources): Pod {
  let isSame = true;
  const replace = (container: Container): Container => {
    const own = resources.get(container.name);
    if (own === undefined || changes(own, container.resources).length === 0) return container;
    isSame = false;
    return { ...container, resources: own };
  };
  const containers = pod.spec.containers.map(replace);
  const initContainers = pod.spec.initContainers?.map(replace);
  if (isSame) return pod;
  const init = initContainers === undefined ? {} : { initContainers };
  return { ...pod, spec: { ...pod.spec, containers, ...init } };
}

/** The resources, of cpu and memory, in which `a` differs from `b`. */
export function changes(
  a: ResourceRequirements = {},
  b: ResourceRequirements = {},
): (typeof RESIZABLE)[number][] {
  return RESIZABLE.filter(
    (name) =>
      !isSameAmount(a.requests?.[name], b.requests?.[name]) ||
      !isSameAmount(a.limits?.[name], b.limits?.[name]),
  );
}

function isSameAmount(a = '', b = ''): boolean {
  if (a === b) return true;
  const [left, right] = [resourceQuantity(a), resourceQuantity(b)];
  return left !== undefined && right !== undefined && compareQuantities(left, right) === 0;
}

/** Whether a change of these resources needs a new container, by its resizePolicy. */
export function needsRestart(container: Container, changed: readonly string[]): boolean {
  return changed.some((name) =>
    container.resizePolicy?.some(
      ({ resourceName, restartPolicy }) =>
        resourceName === name && restartPolicy === 'RestartContainer',
    ),
  );
}

/** What an earlier kubelet gave a container, as the API has it; undefined where it has not. */
export function resourcesInStatus(status: ContainerStatus | undefined) {
  const { allocatedResources, resources } = status ?? {};
  if (allocatedResources === undefined && resources === undefined) return undefined;
  const requests = allocatedResources ?? resources?.requests;
  const limits = resources?.limits;
  return {
    ...(requests === undefined ? {} : { requests }),
    ...(limits === undefined ? {} : { limits }),
  };
}
