import type { SeccompProfile as ApiProfile, Container, Pod } from '../generated/types.ts';
import { goQuote } from '../objects/go-quote.ts';
import { podText } from './pod-identity.ts';
import type {
  ContainerSecurity,
  Image,
  NamespaceOptions,
  SandboxConfig,
  SeccompProfile,
} from './runtime.ts';
import { StartError } from './start-error.ts';

/** Where Localhost seccomp profiles lie, as upstream's default. */
const SECCOMP_ROOT = '/var/lib/kubelet/seccomp';

/** What a container may do: its own security context over the pod's. */
export function containerSecurity(pod: Pod, container: Container): ContainerSecurity {
  const ofPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const privileged = own.privileged ?? false;
  const isUnmasked = own.procMount === 'Unmasked' || privileged;
  return {
    runAsUser: own.runAsUser ?? ofPod.runAsUser,
    runAsGroup: own.runAsGroup ?? ofPod.runAsGroup,
    supplementalGroups: supplementalGroups(pod),
    privileged,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    seccomp: privileged ? UNCONFINED : seccomp(own.seccompProfile ?? ofPod.seccompProfile),
    ...(isUnmasked ? { maskedPaths: [], readonlyPaths: [] } : {}),
  };
}

/** What the sandbox itself may do. */
export function sandboxSecurity(pod: Pod): SandboxConfig['security'] {
  const context = pod.spec.securityContext ?? {};
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  return {
    runAsUser: context.runAsUser,
    runAsGroup: context.runAsGroup,
    supplementalGroups: supplementalGroups(pod),
    privileged: containers.some((container) => container.securityContext?.privileged === true),
    seccomp: { type: 'RuntimeDefault', path: '' },
  };
}

/**
 * Which namespaces a pod shares with others.
 *
 * @param targetId a running container whose processes shall be seen where none are shared; '' for
 *   none
 */
export function namespaceOptions(pod: Pod, targetId = ''): NamespaceOptions {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  const own = targetId === '' ? 'container' : { ofContainer: targetId };
  return {
    network: hostNetwork ? 'node' : 'pod',
    pid: hostPID ? 'node' : shareProcessNamespace ? 'pod' : own,
    ipc: hostIPC ? 'node' : 'pod',
  };
}

/** Whether its image's user matters to `verifyRunAsNonRoot`. */
export function asksForNonRoot(pod: Pod, container: Container): boolean {
  const { runAsNonRoot = pod.spec.securityContext?.runAsNonRoot } = container.securityContext ?? {};
  return runAsNonRoot ?? false;
}

/**
 * Refuses to run as root what asked not to: upstream's verifyRunAsNonRoot.
 *
 * @throws StartError CreateContainerConfigError
 */
export function verifyRunAsNonRoot(pod: Pod, container: Container, image: Image | null): void {
  const ofPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  if (!asksForNonRoot(pod, container)) return;
  const where = `(pod: ${goQuote(podText(pod))}, container: ${container.name})`;
  const user = own.runAsUser ?? ofPod.runAsUser;
  if (user !== undefined) {
    if (user === 0) throw refused(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image?.username !== undefined && image.username !== '') {
    throw refused(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), ` +
        `cannot verify user is non-root ${where}`,
    );
  }
  if ((image?.uid ?? 0) === 0) {
    throw refused(`container has runAsNonRoot and image will run as root ${where}`);
  }
}

const UNCONFINED: SeccompProfile = { type: 'Unconfined', path: '' };

function seccomp(profile: ApiProfile | undefined): SeccompProfile {
  if (profile?.type === 'RuntimeDefault') return { type: 'RuntimeDefault', path: '' };
  if (profile?.type !== 'Localhost') return UNCONFINED;
  return { type: 'Localhost', path: `${SECCOMP_ROOT}/${profile.localhostProfile}` };
}

function supplementalGroups(pod: Pod): number[] {
  const { fsGroup, supplementalGroups: groups = [] } = pod.spec.securityContext ?? {};
  return fsGroup === undefined ? [...groups] : [...groups, fsGroup];
}

function refused(message: string): StartError {
  return new StartError('CreateContainerConfigError', message);
}
