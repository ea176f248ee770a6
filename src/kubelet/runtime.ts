/**
 * What the kubelet needs of a container runtime: CRI v1 in our own words. `host/cri` speaks to
 * containerd; `sim/runtime.ts` plays scripts on the virtual clock. Times are epoch milliseconds.
 */

import type { ByteConnection, ProcessStreams } from '../base/byte-streams.ts';

/** Labels the kubelet puts on every sandbox and container, to find them again after a restart. */
export const POD_NAME_LABEL = 'io.kubernetes.pod.name';
export const POD_NAMESPACE_LABEL = 'io.kubernetes.pod.namespace';
export const POD_UID_LABEL = 'io.kubernetes.pod.uid';
export const CONTAINER_NAME_LABEL = 'io.kubernetes.container.name';

/** On each container: how many seconds its pod has to end, for whoever ends it without the API. */
export const POD_GRACE_ANNOTATION = 'io.kubernetes.pod.terminationGracePeriod';

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}

/** Ids of users and groups on the node, from `hostId` on: a pod's 0 and those that follow. */
export interface IdRange {
  readonly hostId: number;
  readonly length: number;
}

/**
 * So many users and groups every pod has: upstream's default, and what images count on. All ranges
 * begin at a multiple of it.
 */
export const POD_IDS = 65_536;

export interface NamespaceOptions {
  readonly network: 'pod' | 'node';
  readonly pid: 'container' | 'pod' | 'node' | { readonly ofContainer: string };
  readonly ipc: 'pod' | 'node';
  /** Of a pod with users of its own; files that it mounts are theirs by the same numbers. */
  readonly users?: IdRange;
}

export interface SandboxConfig {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Raised with every new sandbox of the same pod. */
  readonly attempt: number;
  /** Empty for the node's own. */
  readonly hostname: string;
  /** Where the containers' logs go: `logPath` of a container lies below. */
  readonly logDirectory: string;
  readonly dns: {
    readonly servers: readonly string[];
    readonly searches: readonly string[];
    readonly options: readonly string[];
  } | null;
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The pod's cgroup below the node's, made by the runtime; '' for the runtime's default. */
  readonly cgroupParent: string;
  readonly namespaces: NamespaceOptions;
  readonly security: {
    readonly runAsUser?: number;
    readonly runAsGroup?: number;
    readonly supplementalGroups: readonly number[];
    readonly strictGroups?: boolean;
    readonly privileged: boolean;
    readonly seccomp: SecurityProfile;
    readonly seLinux?: SeLinuxOptions;
  };
  readonly sysctls: Readonly<Record<string, string>>;
}

/** A profile of seccomp or AppArmor. */
export interface SecurityProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  /** For Localhost: absolute path of the seccomp profile, name of the AppArmor profile. */
  readonly path: string;
}

export interface SeLinuxOptions {
  readonly user: string;
  readonly role: string;
  readonly type: string;
  readonly level: string;
}

export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
  /** Also for what is mounted below it. */
  readonly recursiveReadOnly?: boolean;
  readonly propagation: 'private' | 'hostToContainer' | 'bidirectional';
}

/** Linux limits; a field that is absent is not set. */
export interface LinuxResources {
  readonly cpuShares?: number;
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
  /** Files of the container's cgroup by name, with cgroups v2 alone. */
  readonly unified?: Readonly<Record<string, string>>;
}

export interface ContainerConfig {
  readonly name: string;
  /** Raised with every restart of the same container. */
  readonly attempt: number;
  /** The image's id, as `imageStatus` or `pullImage` gave it. */
  readonly imageId: string;
  /** Empty: the image's own entry point. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Below the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly namespaces: NamespaceOptions;
  readonly security: ContainerSecurity;
}

export interface ContainerSecurity {
  readonly runAsUser?: number;
  /** Where the user is known by name only. */
  readonly runAsUsername?: string;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  /** Groups that the image gives its user do not count. */
  readonly strictGroups?: boolean;
  readonly privileged: boolean;
  readonly readOnlyRootFilesystem: boolean;
  readonly noNewPrivileges: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly seccomp: SecurityProfile;
  /** Absent leaves the choice to the runtime. */
  readonly appArmor?: SecurityProfile;
  readonly seLinux?: SeLinuxOptions;
  /** Paths in the container that are hidden, and that cannot be written; none where absent. */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
}

export interface Sandbox {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SandboxStatus extends Sandbox {
  /**
   * The pod's addresses, the main one first; none with the host's network, nor once it was stopped.
   */
  readonly ips: readonly string[];
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends Container {
  /** 0 while it has not. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** The runtime's word for an end: `OOMKilled`, `Completed`, `Error`, ... or ''. */
  readonly reason: string;
  readonly message: string;
  /** Its start failed only since whoever asked for it went away. */
  readonly isStartCutOff?: boolean;
  /** The image as it was asked for, and its digest reference. */
  readonly image: string;
  readonly imageRef: string;
  readonly imageId: string;
  /** Absolute path of the log file. */
  readonly logPath: string;
  /** Of its first process; absent where the runtime does not tell. */
  readonly user?: ContainerUser;
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
  readonly supplementalGroups: readonly number[];
}

/** A runtime's name and version as `nodeInfo.containerRuntimeVersion` shows them, and its gifts. */
export interface RuntimeVersion {
  readonly name: string;
  readonly version: string;
  /** Absent where the runtime says nothing of features. */
  readonly features?: { readonly supplementalGroupsPolicy: boolean };
  /** Its ways to run containers; none where it says nothing of them. That by default is named ''. */
  readonly handlers: readonly { readonly name: string; readonly features: HandlerFeatures }[];
}

/** What a runtime can do depending on the program that makes its containers. */
export interface HandlerFeatures {
  /** Makes what is mounted below a mount read-only with it. */
  readonly recursiveReadOnlyMounts: boolean;
  /** Gives a pod users of its own. */
  readonly userNamespaces: boolean;
}

/** Of a handler that says nothing. */
export const NO_FEATURES: HandlerFeatures = {
  recursiveReadOnlyMounts: false,
  userNamespaces: false,
};

/** What pods that name no runtime class may have. */
export function defaultFeatures({ handlers }: RuntimeVersion): HandlerFeatures {
  return handlers.find(({ name }) => name === '')?.features ?? NO_FEATURES;
}

export interface Image {
  /** The image's id: a digest. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** The runtime's own: it is never removed. */
  readonly pinned?: boolean;
  /** The user the image runs as: a number where it is one, else a name; both absent for root. */
  readonly uid?: number;
  readonly username?: string;
}

export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
}

export interface ExecResult {
  readonly exitCode: number;
  /** Standard output and error together in the order of arrival, capped at 10 KiB. */
  readonly output: Uint8Array;
  /** The process outlived `timeoutMs` and has been killed. */
  readonly timedOut: boolean;
}

/** Something happened to a container; look at its status to learn what. */
export interface RuntimeEvent {
  readonly type: 'started' | 'exited' | 'oom' | 'removed' | 'lost';
  /** A container or a sandbox. '' for `lost`: events may be missing, look at everything. */
  readonly id: string;
}

/**
 * Every method throws {@link RuntimeError}. Stopping or removing what does not exist succeeds, as
 * CRI has it.
 */
export interface Runtime {
  /** Such as containerd, 1.6.20. */
  version(): Promise<RuntimeVersion>;
  /** '' when the runtime and its network are ready, else what is missing. */
  notReady(): Promise<string>;

  runSandbox(config: SandboxConfig): Promise<string>;
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  sandboxStatus(id: string): Promise<SandboxStatus>;
  listSandboxes(): Promise<readonly Sandbox[]>;

  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: SandboxConfig,
  ): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Sets other limits while the container runs; those that are absent stay. */
  updateContainer(id: string, resources: LinuxResources): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after `graceMs`; resolves when ended. */
  stopContainer(id: string, graceMs: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  containerStatus(id: string): Promise<ContainerStatus>;
  listContainers(): Promise<readonly Container[]>;
  /** The log file was moved away: begin a new one at the same path. */
  reopenLog(id: string): Promise<void>;

  /**
   * Runs `command` in a container to its end.
   *
   * @throws RuntimeError when it cannot be started, with the runtime's own text
   */
  exec(id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult>;

  /**
   * Runs `command` in a container, connected to `streams`; resolves with its exit code once all of
   * its output has been taken. When `streams.signal` aborts, it is ended with all that it started.
   *
   * @throws RuntimeError when it cannot be started, with the runtime's own text
   */
  execStreams(id: string, command: readonly string[], streams: ProcessStreams): Promise<number>;
  /**
   * Connects `streams` to a container's first process, which goes on without them; resolves when
   * its output has ended or `streams.signal` aborts.
   */
  attach(id: string, streams: ProcessStreams): Promise<void>;
  /**
   * Connects to a port of a sandbox as a process inside it would, loopback included; resolves
   * when both directions have ended.
   *
   * @throws RuntimeError when there is nobody at the port, with the runtime's own text
   */
  forwardPort(sandboxId: string, port: number, connection: ByteConnection): Promise<void>;

  /** Answers null when the image is not here. */
  imageStatus(image: string): Promise<Image | null>;
  listImages(): Promise<readonly Image[]>;
  /**
   * Resolves with the image's id.
   *
   * @throws RuntimeError with the registry's answer
   */
  pullImage(image: string, auth: RegistryAuth | null, signal: AbortSignal): Promise<string>;
  /** @param image its id or a name */
  removeImage(image: string): Promise<void>;

  /** Calls `listener` for each event until `signal` aborts. */
  subscribe(listener: (event: RuntimeEvent) => void, signal: AbortSignal): void;
}

/** What a runtime could not do, in its own words. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: 'notFound' | 'alreadyExists' | 'invalid' | 'unavailable' | 'timeout' | 'other';

  constructor(code: RuntimeError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
