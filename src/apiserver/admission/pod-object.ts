import type { Pod } from '../../generated/types.ts';
import type { Admission } from './admission.ts';

/** The new pod, where `admission` is the creation of one; else null. */
export function newPodOf({ operation, kind, subresource, object }: Admission): Pod | null {
  const isPod = kind.plural === 'pods' && kind.group === '' && subresource === '';
  return isPod && operation === 'CREATE' ? (object as unknown as Pod) : null;
}

/** The pod to be, where `admission` is the creation or normal update of one; else null. */
export function writtenPodOf({ operation, kind, subresource, object }: Admission): Pod | null {
  const isPod = kind.plural === 'pods' && kind.group === '' && subresource === '';
  return isPod && operation !== 'DELETE' ? (object as unknown as Pod) : null;
}

/** The pod to be, where `admission` is the change of its ephemeral containers; else null. */
export function debuggedPodOf({ kind, subresource, object }: Admission): Pod | null {
  const isPod = kind.plural === 'pods' && kind.group === '';
  return isPod && subresource === 'ephemeralcontainers' ? (object as unknown as Pod) : null;
}

/** Whether a pod was made by a kubelet to show a static pod of its own. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}
