import type { Track } from '../base/tracer.ts';
import type { Container, EphemeralContainer, Pod } from '../generated/types.ts';

/** A static pod's uid is the hash of its file. Those that the API gives have dashes. */
const STATIC_UID = /^[0-9a-f]{32}$/;

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

/** Init containers first, then the main ones, then those for debugging. */
export function allContainers(pod: Pod): readonly Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers, ...debugContainers(pod)];
}

/** Ephemeral containers have the fields of others, but for what they may not use. */
export function debugContainers(pod: Pod): readonly (Container & EphemeralContainer)[] {
  return (pod.spec.ephemeralContainers ?? []) as (Container & EphemeralContainer)[];
}

/** The field an event about a container names: `spec.containers{web}`. */
export function containerFieldPath(pod: Pod, name: string): string {
  const isIn = (containers: readonly { readonly name: string }[] = []) =>
    containers.some((container) => container.name === name);
  const { initContainers, ephemeralContainers } = pod.spec;
  if (isIn(initContainers)) return `spec.initContainers{${name}}`;
  return `spec.${isIn(ephemeralContainers) ? 'ephemeralContainers' : 'containers'}{${name}}`;
}

/**
 * Whether the pod comes from a file of its node. Its annotations say so too, but those of a pod of
 * the API are its creator's, and would keep it from being evicted.
 */
export function isStaticPod(pod: Pod): boolean {
  return STATIC_UID.test(pod.metadata.uid ?? '');
}
