import type { Pod } from '../../generated/types.ts';
import type { Admission } from './admission.ts';

/** The new pod, where `admission` is the creation of one; else null. */
export function newPodOf({ operation, kind, subresource, object }: Admission): Pod | null {
  const isPod = kind.plural === 'pods' && kind.group === '' && subresource === '';
  return isPod && operation === 'CREATE' ? (object as unknown as Pod) : null;
}

/** Whether a pod was made by a kubelet to show a static pod of its own. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}
