import type { Track } from '../base/tracer.ts';
import type { Container, Pod } from '../generated/types.ts';

/** How the kubelet tells pods apart: a pod created anew under the same name has another uid. */
export interface PodIdentity {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

/** The identity of a pod read from the API. */
export function identityOf(pod: Pod): PodIdentity {
  const { uid = '', name = '', namespace = '' } = pod.metadata;
  return { uid, name, namespace };
}

/** `name_namespace(uid)`: upstream's format.Pod, as messages show it. */
export function podText(pod: Pod): string {
  const { uid, name, namespace } = identityOf(pod);
  return `${name}_${namespace}(${uid})`;
}

/** Where a trace shows what is done for a pod. */
export function podTrack(pod: Pod): Track {
  const { name, namespace } = identityOf(pod);
  return { group: 'pods', name: `${namespace}/${name}` };
}

/** Init containers first, then the main ones. */
export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

/** The field an event about a container names: `spec.containers{web}`. */
export function containerFieldPath(pod: Pod, name: string): string {
  const isInit = pod.spec.initContainers?.some((container) => container.name === name) ?? false;
  return `spec.${isInit ? 'initContainers' : 'containers'}{${name}}`;
}
