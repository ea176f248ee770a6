import type { Pod } from '../../../generated/types.ts';
import type { AnyContainer } from '../../../objects/core/pod/any-container.ts';

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';

/**
 * Whether an update of a pod changes something that the standards look at. Of that, only images
 * and old annotations can change, and ephemeral containers can come.
 */
export function isSignificantUpdate(pod: Pod, old: Pod): boolean {
  if (annotation(pod, SECCOMP_POD) !== annotation(old, SECCOMP_POD)) return true;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const { initContainers: oldInit = [], ephemeralContainers: oldEphemeral = [] } = old.spec;
  const others: readonly AnyContainer[] = [...old.spec.containers, ...oldInit, ...oldEphemeral];
  const before = new Map(others.map((container) => [container.name, container]));
  const now: readonly AnyContainer[] = [...containers, ...initContainers, ...ephemeralContainers];
  return now.some(({ name, image }) => {
    const same = before.get(name);
    const key = SECCOMP_CONTAINER + name;
    return same?.image !== image || annotation(pod, key) !== annotation(old, key);
  });
}

function annotation({ metadata }: Pod, key: string): string | undefined {
  return metadata.annotations?.[key];
}
