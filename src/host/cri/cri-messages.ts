/**
 * The messages of CRI (`runtime.v1`, kubernetes/cri-api pkg/apis/runtime/v1/api.proto) that Proa
 * uses, with upstream's field numbers. Fields that Proa never sets or reads are left out.
 */
import {
  bool,
  type Decoded,
  type Encodable,
  int,
  ints,
  message,
  messages,
  nested,
  string,
  stringMap,
  strings,
} from '../grpc/protobuf.ts';

/** `enum NamespaceMode` */
export const NAMESPACE_MODES = { pod: 0, container: 1, node: 2, target: 3 } as const;
/** `enum Protocol` */
export const PROTOCOLS = { TCP: 0, UDP: 1, SCTP: 2 } as const;
/** `enum MountPropagation` */
export const PROPAGATIONS = { private: 0, hostToContainer: 1, bidirectional: 2 } as const;
/** `enum SecurityProfile.ProfileType` */
export const PROFILE_TYPES = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
/** `enum SupplementalGroupsPolicy` */
export const GROUP_POLICIES = { Merge: 0, Strict: 1 } as const;
/** `enum ContainerState`, by number */
export const CONTAINER_STATES = ['created', 'running', 'exited', 'unknown'] as const;
/** `enum PodSandboxState`: SANDBOX_READY */
export const SANDBOX_READY = 0;

const DnsConfig = message({ servers: strings(1), searches: strings(2), options: strings(3) });

const PortMapping = message({
  protocol: int(1),
  containerPort: int(2),
  hostPort: int(3),
  hostIp: string(4),
});

const IdMapping = message({ hostId: int(1), containerId: int(2), length: int(3) });

const Mount = message({
  containerPath: string(1),
  hostPath: string(2),
  readonly: bool(3),
  selinuxRelabel: bool(4),
  propagation: int(5),
  uidMappings: messages(6, IdMapping),
  gidMappings: messages(7, IdMapping),
  recursiveReadOnly: bool(8),
});

const UserNamespace = message({
  mode: int(1),
  uids: messages(2, IdMapping),
  gids: messages(3, IdMapping),
});

const NamespaceOption = message({
  network: int(1),
  pid: int(2),
  ipc: int(3),
  targetId: string(4),
  usernsOptions: nested(5, UserNamespace),
});
const Int64Value = message({ value: int(1) });
const SeLinuxOption = message({
  user: string(1),
  role: string(2),
  type: string(3),
  level: string(4),
});
const SecurityProfile = message({ profileType: int(1), localhostRef: string(2) });

const SandboxSecurity = message({
  namespaceOptions: nested(1, NamespaceOption),
  selinuxOptions: nested(2, SeLinuxOption),
  runAsUser: nested(3, Int64Value),
  readonlyRootfs: bool(4),
  supplementalGroups: ints(5),
  privileged: bool(6),
  runAsGroup: nested(8, Int64Value),
  seccomp: nested(9, SecurityProfile),
  supplementalGroupsPolicy: int(11),
});

const LinuxSandbox = message({
  cgroupParent: string(1),
  securityContext: nested(2, SandboxSecurity),
  sysctls: stringMap(3),
});

const SandboxMetadata = message({
  name: string(1),
  uid: string(2),
  namespace: string(3),
  attempt: int(4),
});

export const PodSandboxConfig = message({
  metadata: nested(1, SandboxMetadata),
  hostname: string(2),
  logDirectory: string(3),
  dnsConfig: nested(4, DnsConfig),
  portMappings: messages(5, PortMapping),
  labels: stringMap(6),
  annotations: stringMap(7),
  linux: nested(8, LinuxSandbox),
});

const PodIp = message({ ip: string(1) });
const SandboxNetwork = message({ ip: string(1), additionalIps: messages(2, PodIp) });

export const PodSandboxStatus = message({
  id: string(1),
  metadata: nested(2, SandboxMetadata),
  state: int(3),
  createdAt: int(4),
  network: nested(5, SandboxNetwork),
  labels: stringMap(7),
  annotations: stringMap(8),
});

export const PodSandbox = message({
  id: string(1),
  metadata: nested(2, SandboxMetadata),
  state: int(3),
  createdAt: int(4),
  labels: stringMap(5),
  annotations: stringMap(6),
});

const ImageSpec = message({ image: string(1), annotations: stringMap(2) });
const KeyValue = message({ key: string(1), value: string(2) });

const LinuxResources = message({
  cpuPeriod: int(1),
  cpuQuota: int(2),
  cpuShares: int(3),
  memoryLimitInBytes: int(4),
  oomScoreAdj: int(5),
  unified: stringMap(9),
});

const Capability = message({ addCapabilities: strings(1), dropCapabilities: strings(2) });

const ContainerSecurity = message({
  capabilities: nested(1, Capability),
  privileged: bool(2),
  namespaceOptions: nested(3, NamespaceOption),
  selinuxOptions: nested(4, SeLinuxOption),
  runAsUser: nested(5, Int64Value),
  runAsUsername: string(6),
  readonlyRootfs: bool(7),
  supplementalGroups: ints(8),
  noNewPrivs: bool(11),
  runAsGroup: nested(12, Int64Value),
  maskedPaths: strings(13),
  readonlyPaths: strings(14),
  seccomp: nested(15, SecurityProfile),
  apparmor: nested(16, SecurityProfile),
  supplementalGroupsPolicy: int(17),
});

const LinuxContainer = message({
  resources: nested(1, LinuxResources),
  securityContext: nested(2, ContainerSecurity),
});

const ContainerMetadata = message({ name: string(1), attempt: int(2) });

export const ContainerConfig = message({
  metadata: nested(1, ContainerMetadata),
  image: nested(2, ImageSpec),
  command: strings(3),
  args: strings(4),
  workingDir: string(5),
  envs: messages(6, KeyValue),
  mounts: messages(7, Mount),
  labels: stringMap(9),
  annotations: stringMap(10),
  logPath: string(11),
  stdin: bool(12),
  stdinOnce: bool(13),
  tty: bool(14),
  linux: nested(15, LinuxContainer),
});

export const Container = message({
  id: string(1),
  podSandboxId: string(2),
  metadata: nested(3, ContainerMetadata),
  image: nested(4, ImageSpec),
  imageRef: string(5),
  state: int(6),
  createdAt: int(7),
  labels: stringMap(8),
  annotations: stringMap(9),
});

const LinuxUser = message({ uid: int(1), gid: int(2), supplementalGroups: ints(3) });
const ContainerUser = message({ linux: nested(1, LinuxUser) });

export const ContainerStatus = message({
  id: string(1),
  metadata: nested(2, ContainerMetadata),
  state: int(3),
  createdAt: int(4),
  startedAt: int(5),
  finishedAt: int(6),
  exitCode: int(7),
  image: nested(8, ImageSpec),
  imageRef: string(9),
  reason: string(10),
  message: string(11),
  labels: stringMap(12),
  annotations: stringMap(13),
  logPath: string(15),
  user: nested(18, ContainerUser),
});

export const Image = message({
  id: string(1),
  repoTags: strings(2),
  repoDigests: strings(3),
  size: int(4),
  uid: nested(5, Int64Value),
  username: string(6),
});

const RuntimeCondition = message({
  type: string(1),
  status: bool(2),
  reason: string(3),
  message: string(4),
});
const RuntimeStatus = message({ conditions: messages(1, RuntimeCondition) });
const RuntimeFeatures = message({ supplementalGroupsPolicy: bool(1) });
const HandlerFeatures = message({ recursiveReadOnlyMounts: bool(1), userNamespaces: bool(2) });
const RuntimeHandler = message({ name: string(1), features: nested(2, HandlerFeatures) });
const AuthConfig = message({ username: string(1), password: string(2), serverAddress: string(4) });
const Empty = message({});
const SandboxId = message({ podSandboxId: string(1) });
const ContainerId = message({ containerId: string(1) });

const runtime = (name: string) => `/runtime.v1.RuntimeService/${name}`;
const image = (name: string) => `/runtime.v1.ImageService/${name}`;

/** The procedures of both services that Proa calls. */
export const CRI = {
  version: {
    path: runtime('Version'),
    request: Empty,
    response: message({ version: string(1), runtimeName: string(2), runtimeVersion: string(3) }),
  },
  status: {
    path: runtime('Status'),
    request: Empty,
    response: message({
      status: nested(1, RuntimeStatus),
      runtimeHandlers: messages(3, RuntimeHandler),
      features: nested(4, RuntimeFeatures),
    }),
  },
  runPodSandbox: {
    path: runtime('RunPodSandbox'),
    request: message({ config: nested(1, PodSandboxConfig) }),
    response: SandboxId,
  },
  stopPodSandbox: { path: runtime('StopPodSandbox'), request: SandboxId, response: Empty },
  removePodSandbox: { path: runtime('RemovePodSandbox'), request: SandboxId, response: Empty },
  podSandboxStatus: {
    path: runtime('PodSandboxStatus'),
    request: message({ podSandboxId: string(1), verbose: bool(2) }),
    response: message({ status: nested(1, PodSandboxStatus), info: stringMap(2) }),
  },
  listPodSandbox: {
    path: runtime('ListPodSandbox'),
    request: Empty,
    response: message({ items: messages(1, PodSandbox) }),
  },
  createContainer: {
    path: runtime('CreateContainer'),
    request: message({
      podSandboxId: string(1),
      config: nested(2, ContainerConfig),
      sandboxConfig: nested(3, PodSandboxConfig),
    }),
    response: ContainerId,
  },
  startContainer: { path: runtime('StartContainer'), request: ContainerId, response: Empty },
  updateContainerResources: {
    path: runtime('UpdateContainerResources'),
    request: message({ containerId: string(1), linux: nested(2, LinuxResources) }),
    response: Empty,
  },
  stopContainer: {
    path: runtime('StopContainer'),
    request: message({ containerId: string(1), timeout: int(2) }),
    response: Empty,
  },
  removeContainer: { path: runtime('RemoveContainer'), request: ContainerId, response: Empty },
  listContainers: {
    path: runtime('ListContainers'),
    request: Empty,
    response: message({ containers: messages(1, Container) }),
  },
  containerStatus: {
    path: runtime('ContainerStatus'),
    request: message({ containerId: string(1), verbose: bool(2) }),
    response: message({ status: nested(1, ContainerStatus), info: stringMap(2) }),
  },
  reopenContainerLog: {
    path: runtime('ReopenContainerLog'),
    request: ContainerId,
    response: Empty,
  },
  attach: {
    path: runtime('Attach'),
    request: message({
      containerId: string(1),
      stdin: bool(2),
      tty: bool(3),
      stdout: bool(4),
      stderr: bool(5),
    }),
    response: message({ url: string(1) }),
  },
  listImages: {
    path: image('ListImages'),
    request: Empty,
    response: message({ images: messages(1, Image) }),
  },
  imageStatus: {
    path: image('ImageStatus'),
    request: message({ image: nested(1, ImageSpec) }),
    response: message({ image: nested(1, Image) }),
  },
  pullImage: {
    path: image('PullImage'),
    request: message({
      image: nested(1, ImageSpec),
      auth: nested(2, AuthConfig),
      sandboxConfig: nested(3, PodSandboxConfig),
    }),
    response: message({ imageRef: string(1) }),
  },
  removeImage: {
    path: image('RemoveImage'),
    request: message({ image: nested(1, ImageSpec) }),
    response: Empty,
  },
} as const;

export type SandboxConfigMessage = Encodable<typeof PodSandboxConfig>;
export type ContainerConfigMessage = Encodable<typeof ContainerConfig>;
export type SandboxMessage = Decoded<typeof PodSandbox>;
export type SandboxStatusMessage = Decoded<typeof PodSandboxStatus>;
export type ContainerMessage = Decoded<typeof Container>;
export type ContainerStatusMessage = Decoded<typeof ContainerStatus>;
export type ImageMessage = Decoded<typeof Image>;
