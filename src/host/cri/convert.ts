import type {
  Container,
  ContainerConfig,
  ContainerSecurity,
  ContainerStatus,
  IdRange,
  Image,
  LinuxResources,
  NamespaceOptions,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
  SecurityProfile,
  SeLinuxOptions,
} from '../../kubelet/runtime.ts';
import {
  CONTAINER_STATES,
  type ContainerConfigMessage,
  type ContainerMessage,
  type ContainerStatusMessage,
  GROUP_POLICIES,
  type ImageMessage,
  NAMESPACE_MODES,
  PROFILE_TYPES,
  PROPAGATIONS,
  PROTOCOLS,
  SANDBOX_READY,
  type SandboxConfigMessage,
  type SandboxMessage,
  type SandboxStatusMessage,
} from './cri-messages.ts';
import { isStartCutOff } from './cut-off-start.ts';

const NANOS_PER_MS = 1_000_000;

/** A sandbox as CRI is asked for it. */
export function sandboxConfigMessage(config: SandboxConfig): SandboxConfigMessage {
  const { name, namespace, uid, attempt, security } = config;
  return {
    metadata: { name, namespace, uid, attempt },
    hostname: config.hostname,
    logDirectory: config.logDirectory,
    dnsConfig: config.dns,
    portMappings: config.portMappings.map((mapping) => ({
      ...mapping,
      protocol: PROTOCOLS[mapping.protocol],
    })),
    labels: config.labels,
    annotations: config.annotations,
    linux: {
      cgroupParent: config.cgroupParent,
      sysctls: config.sysctls,
      securityContext: {
        namespaceOptions: namespaceMessage(config.namespaces),
        runAsUser: int64(security.runAsUser),
        runAsGroup: int64(security.runAsGroup),
        supplementalGroups: security.supplementalGroups,
        privileged: security.privileged,
        seccomp: profileMessage(security.seccomp),
        selinuxOptions: seLinuxMessage(security.seLinux),
        supplementalGroupsPolicy: policyNumber(security.strictGroups),
      },
    },
  };
}

/** A container as CRI is asked for it. */
export function containerConfigMessage(config: ContainerConfig): ContainerConfigMessage {
  return {
    metadata: { name: config.name, attempt: config.attempt },
    image: { image: config.imageId },
    command: config.command,
    args: config.args,
    workingDir: config.workingDir,
    envs: config.env.map(({ name, value }) => ({ key: name, value })),
    mounts: config.mounts.map((mount) => ({
      ...mountMappings(config.namespaces.users),
      containerPath: mount.containerPath,
      hostPath: mount.hostPath,
      readonly: mount.readOnly,
      propagation: PROPAGATIONS[mount.propagation],
      recursiveReadOnly: mount.recursiveReadOnly ?? false,
    })),
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    stdin: config.stdin,
    stdinOnce: config.stdinOnce,
    tty: config.tty,
    linux: {
      resources: resourcesMessage(config.resources),
      securityContext: securityMessage(config.security, config.namespaces),
    },
  };
}

/** The limits of a container as CRI is told them. */
export function resourcesMessage(resources: LinuxResources) {
  return {
    cpuPeriod: resources.cpuPeriodUs,
    cpuQuota: resources.cpuQuotaUs,
    cpuShares: resources.cpuShares,
    memoryLimitInBytes: resources.memoryLimitBytes,
    oomScoreAdj: resources.oomScoreAdj,
    unified: resources.unified,
  };
}

function securityMessage(security: ContainerSecurity, namespaces: NamespaceOptions) {
  return {
    capabilities: {
      addCapabilities: security.addCapabilities,
      dropCapabilities: security.dropCapabilities,
    },
    privileged: security.privileged,
    namespaceOptions: namespaceMessage(namespaces),
    runAsUser: int64(security.runAsUser),
    runAsUsername: security.runAsUsername,
    runAsGroup: int64(security.runAsGroup),
    supplementalGroups: security.supplementalGroups,
    supplementalGroupsPolicy: policyNumber(security.strictGroups),
    readonlyRootfs: security.readOnlyRootFilesystem,
    noNewPrivs: security.noNewPrivileges,
    maskedPaths: security.maskedPaths,
    readonlyPaths: security.readonlyPaths,
    seccomp: profileMessage(security.seccomp),
    apparmor: security.appArmor && profileMessage(security.appArmor),
    selinuxOptions: seLinuxMessage(security.seLinux),
  };
}

function namespaceMessage(namespaces: NamespaceOptions) {
  const { network, pid, ipc, users } = namespaces;
  const ofOther = typeof pid === 'object';
  return {
    network: NAMESPACE_MODES[network],
    pid: NAMESPACE_MODES[ofOther ? 'target' : pid],
    ipc: NAMESPACE_MODES[ipc],
    ...(ofOther ? { targetId: pid.ofContainer } : {}),
    ...(users === undefined ? {} : { usernsOptions: userNamespace(users) }),
  };
}

function userNamespace(users: IdRange) {
  const ids = [idMapping(users)];
  return { mode: NAMESPACE_MODES.pod, uids: ids, gids: ids };
}

/** A file is its owner's inside: without this all files of the node would be nobody's there. */
function mountMappings(users: IdRange | undefined) {
  const ids = users === undefined ? [] : [idMapping(users)];
  return { uidMappings: ids, gidMappings: ids };
}

function idMapping({ hostId, length }: IdRange) {
  return { hostId, containerId: 0, length };
}

function profileMessage(profile: SecurityProfile) {
  return { profileType: PROFILE_TYPES[profile.type], localhostRef: profile.path };
}

function seLinuxMessage(options: SeLinuxOptions | undefined) {
  return options === undefined ? null : { ...options };
}

function policyNumber(isStrict: boolean | undefined): number {
  return isStrict ? GROUP_POLICIES.Strict : GROUP_POLICIES.Merge;
}

function int64(value: number | undefined): { value: number } | null {
  return value === undefined ? null : { value };
}

/** A sandbox as CRI lists it. */
export function sandboxFrom(item: SandboxMessage | SandboxStatusMessage): Sandbox {
  return {
    id: item.id,
    name: item.metadata?.name ?? '',
    namespace: item.metadata?.namespace ?? '',
    uid: item.metadata?.uid ?? '',
    attempt: item.metadata?.attempt ?? 0,
    ready: item.state === SANDBOX_READY,
    createdAt: milliseconds(item.createdAt),
    labels: item.labels,
    annotations: item.annotations,
  };
}

/** A sandbox's status with its addresses. */
export function sandboxStatusFrom(status: SandboxStatusMessage): SandboxStatus {
  const main = status.network?.ip ?? '';
  const further = status.network?.additionalIps.map(({ ip }) => ip) ?? [];
  return { ...sandboxFrom(status), ips: [main, ...further].filter((ip) => ip !== '') };
}

/** A container as CRI lists it. */
export function containerFrom(item: ContainerMessage): Container {
  return {
    id: item.id,
    sandboxId: item.podSandboxId,
    name: item.metadata?.name ?? '',
    attempt: item.metadata?.attempt ?? 0,
    state: CONTAINER_STATES[item.state] ?? 'unknown',
    createdAt: milliseconds(item.createdAt),
    labels: item.labels,
    annotations: item.annotations,
  };
}

/**
 * A container's status. CRI gives the image's id where this says so only for an image that is
 * referred to by id; `imageRef` is the digest reference of the registry when there is one.
 */
export function containerStatusFrom(
  status: ContainerStatusMessage,
  sandboxId: string,
  imageId: string,
): ContainerStatus {
  return {
    id: status.id,
    sandboxId,
    name: status.metadata?.name ?? '',
    attempt: status.metadata?.attempt ?? 0,
    state: CONTAINER_STATES[status.state] ?? 'unknown',
    createdAt: milliseconds(status.createdAt),
    labels: status.labels,
    annotations: status.annotations,
    startedAt: milliseconds(status.startedAt),
    // containerd notes the start a moment after the process has begun to run.
    finishedAt:
      status.finishedAt === 0 ? 0 : milliseconds(Math.max(status.startedAt, status.finishedAt)),
    exitCode: status.exitCode,
    reason: status.reason,
    message: status.message,
    isStartCutOff: isStartCutOff(status),
    image: status.image?.image ?? '',
    imageRef: status.imageRef,
    imageId,
    logPath: status.logPath,
    ...(status.user?.linux ? { user: status.user.linux } : {}),
  };
}

/** An image as CRI has it. */
export function imageFrom(image: ImageMessage): Image {
  return {
    id: image.id,
    tags: image.repoTags,
    digests: image.repoDigests,
    sizeBytes: image.size,
    ...(image.uid === null ? {} : { uid: image.uid.value }),
    ...(image.username === '' ? {} : { username: image.username }),
  };
}

/** CRI counts nanoseconds; Kubernetes shows seconds and Proa measures in milliseconds. */
function milliseconds(nanos: number): number {
  return nanos <= 0 ? 0 : Math.floor(nanos / NANOS_PER_MS);
}
