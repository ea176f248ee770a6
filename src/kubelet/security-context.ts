import type {
  AppArmorProfile,
  Container,
  Pod,
  SELinuxOptions,
  SeccompProfile,
} from '../generated/types.ts';
import { goQuote } from '../objects/go-quote.ts';
import { capabilityName } from './capabilities.ts';
import { appArmorProfileOf } from './host-security.ts';
import { allContainers, podText } from './pod-identity.ts';
import type {
  ContainerSecurity,
  IdRange,
  Image,
  NamespaceOptions,
  SandboxConfig,
  SecurityProfile,
  SeLinuxOptions,
} from './runtime.ts';
import { StartError } from './start-error.ts';

/** Where Localhost seccomp profiles lie, as upstream's default. */
const SECCOMP_ROOT = '/var/lib/kubelet/seccomp';

/** What of the kernel a container does not see, as upstream has it: runtimes hide nothing unasked. */
const MASKED_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

/** What it sees and does not change. */
const READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** What a container's security depends on besides its spec. */
export interface SecurityParts {
  /** Its image, where {@link needsImageUser} asks for that. */
  readonly image?: Image | null;
  /** Whether the machine has AppArmor: runtimes refuse any profile where there is none. */
  readonly hasAppArmor?: boolean;
}

/** What a container may do: its own security context over the pod's. */
export function containerSecurity(
  pod: Pod,
  container: Container,
  { image = null, hasAppArmor = false }: SecurityParts,
): ContainerSecurity {
  const ofPod = pod.spec.securityContext ?? {};
  const own = container.securityContext ?? {};
  const privileged = own.privileged ?? false;
  const isUnmasked = own.procMount === 'Unmasked' || privileged;
  const runAsGroup = own.runAsGroup ?? ofPod.runAsGroup;
  return {
    ...userOf(own.runAsUser ?? ofPod.runAsUser, runAsGroup, image),
    runAsGroup,
    supplementalGroups: supplementalGroups(pod),
    strictGroups: ofPod.supplementalGroupsPolicy === 'Strict',
    privileged,
    readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    addCapabilities: (own.capabilities?.add ?? []).map(capabilityName),
    dropCapabilities: (own.capabilities?.drop ?? []).map(capabilityName),
    seccomp: privileged ? UNCONFINED : seccomp(own.seccompProfile ?? ofPod.seccompProfile),
    ...(hasAppArmor ? { appArmor: appArmor(appArmorProfileOf(pod, container)) } : {}),
    seLinux: seLinux(own.seLinuxOptions ?? ofPod.seLinuxOptions),
    maskedPaths: isUnmasked ? [] : MASKED_PATHS,
    readonlyPaths: isUnmasked ? [] : READONLY_PATHS,
  };
}

/** Runtimes take a group beside a user only, so the image's user is named where none is asked for. */
function userOf(
  user: number | undefined,
  group: number | undefined,
  image: Image | null,
): Pick<ContainerSecurity, 'runAsUser' | 'runAsUsername'> {
  if (user !== undefined || group === undefined) return { runAsUser: user };
  if (image?.uid === undefined && image?.username) return { runAsUsername: image.username };
  return { runAsUser: image?.uid ?? 0 };
}

/** What the sandbox itself may do. */
export function sandboxSecurity(pod: Pod): SandboxConfig['security'] {
  const context = pod.spec.securityContext ?? {};
  const { runAsUser, runAsGroup } = context;
  return {
    // Runtimes take a group beside a user only: without one the sandbox's image has its own.
    ...(runAsUser === undefined ? {} : { runAsUser, runAsGroup }),
    supplementalGroups: supplementalGroups(pod),
    strictGroups: context.supplementalGroupsPolicy === 'Strict',
    // Runtimes ask this again for each container: one for debugging may come long after.
    privileged: allContainers(pod).some(({ securityContext }) => securityContext?.privileged),
    seccomp: { type: 'RuntimeDefault', path: '' },
    seLinux: seLinux(context.seLinuxOptions),
  };
}

/**
 * Which namespaces a pod shares with others.
 *
 * @param targetId a running container whose processes shall be seen where none are shared; '' for
 *   none
 * @param users of the pod's own; absent for those of the node
 */
export function namespaceOptions(pod: Pod, targetId = '', users?: IdRange): NamespaceOptions {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  const own = targetId === '' ? 'container' : { ofContainer: targetId };
  return {
    network: hostNetwork ? 'node' : 'pod',
    pid: hostPID ? 'node' : shareProcessNamespace ? 'pod' : own,
    ipc: hostIPC ? 'node' : 'pod',
    ...(users === undefined ? {} : { users }),
  };
}

/** Whether the user that a container's image names matters. */
export function needsImageUser(pod: Pod, container: Container): boolean {
  const ofPod = pod.spec.securityContext ?? {};
  const { runAsUser = ofPod.runAsUser, runAsGroup = ofPod.runAsGroup } =
    container.securityContext ?? {};
  const needsUserForGroup = runAsUser === undefined && runAsGroup !== undefined;
  return needsUserForGroup || asksForNonRoot(pod, container);
}

function asksForNonRoot(pod: Pod, container: Container): boolean {
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

const UNCONFINED: SecurityProfile = { type: 'Unconfined', path: '' };

function seccomp(profile: SeccompProfile | undefined): SecurityProfile {
  if (profile?.type === 'RuntimeDefault') return { type: 'RuntimeDefault', path: '' };
  if (profile?.type !== 'Localhost') return UNCONFINED;
  return { type: 'Localhost', path: `${SECCOMP_ROOT}/${profile.localhostProfile}` };
}

function appArmor(profile: AppArmorProfile | undefined): SecurityProfile | undefined {
  if (profile === undefined) return undefined;
  const { type, localhostProfile = '' } = profile;
  return { type: type as SecurityProfile['type'], path: localhostProfile };
}

function seLinux(options: SELinuxOptions | undefined): SeLinuxOptions | undefined {
  if (options === undefined) return undefined;
  const { user = '', role = '', type = '', level = '' } = options;
  return { user, role, type, level };
}

function supplementalGroups(pod: Pod): number[] {
  const { fsGroup, supplementalGroups: groups = [] } = pod.spec.securityContext ?? {};
  return fsGroup === undefined ? [...groups] : [...groups, fsGroup];
}

function refused(message: string): StartError {
  return new StartError('CreateContainerConfigError', message);
}
