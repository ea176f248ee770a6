import type { SecurityModules } from './host-security.ts';

/** What the kubelet needs of the machine besides a container runtime. */
import type { NodePaths } from './node-paths.ts';
import type { IdRange } from './runtime.ts';

/** How a probe ended. `error` means that nothing was learnt about the container. */
export interface ProbeOutcome {
  readonly result: 'success' | 'warning' | 'failure' | 'error';
  /** Upstream's (Go's) text, for events. */
  readonly output: string;
  /** What an HTTP server answered; absent where none did. */
  readonly status?: number;
}

export interface HttpProbe {
  readonly scheme: 'HTTP' | 'HTTPS';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Probes over the network, from the node into the pod's address. Timeouts in milliseconds. */
export interface Prober {
  http(probe: HttpProbe, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome>;
  tcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome>;
  grpc(
    host: string,
    port: number,
    service: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<ProbeOutcome>;
}

/** Options of reading a log, as PodLogOptions has them. */
export interface LogReadOptions {
  readonly follow: boolean;
  /** Lines counted from the end; all when absent. */
  readonly tailLines?: number;
  /** Epoch ms: only later lines. */
  readonly since?: number;
  readonly timestamps: boolean;
  readonly limitBytes?: number;
  readonly stream: 'all' | 'stdout' | 'stderr';
}

/** A file of a volume that the kubelet fills. */
export interface ProjectedFile {
  readonly data: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Its owner; the kubelet's own user when absent. */
  readonly uid?: number;
}

/** What a volume that the kubelet fills shall show. */
export interface ProjectedContent {
  /** As in upstream's folder names. */
  readonly plugin: 'configmap' | 'secret' | 'downward-api' | 'projected';
  /** What must never reach a disk. */
  readonly inMemory: boolean;
  /** The group that may read it all. */
  readonly fsGroup?: number | undefined;
  /** By path below the volume. */
  readonly files: ReadonlyMap<string, ProjectedFile>;
}

/**
 * The kubelet's files: a folder a pod (volumes, /etc/hosts, termination messages) and the log
 * folders. Paths that come back are absolute on the node.
 */
export interface PodFiles {
  /** Makes the pod's folders and answers the log directory for its sandbox. Safe to repeat. */
  preparePod(pod: { uid: string; name: string; namespace: string }): Promise<string>;
  /** Makes an emptyDir volume (tmpfs for medium Memory) and answers its path. Safe to repeat. */
  emptyDir(
    uid: string,
    volume: string,
    options: {
      readonly medium: string;
      readonly sizeLimitBytes?: number;
      readonly fsGroup?: number;
    },
  ): Promise<string>;
  /**
   * Makes a volume show exactly these files, all at the same moment, and answers its path. Writes
   * nothing when it shows them already.
   */
  projectFiles(uid: string, volume: string, content: ProjectedContent): Promise<string>;
  /** Writes a single file of the pod, such as `etc-hosts`, and answers its path. */
  writeFile(uid: string, name: string, content: string): Promise<string>;
  /** The whole of such a file; '' when it is not there. */
  readFile(uid: string, name: string): Promise<string>;
  /** Removes such a file. Safe to repeat. */
  removeFile(uid: string, name: string): Promise<void>;
  /** Makes an empty termination message file for one start of a container. */
  terminationMessage(uid: string, container: string, attempt: number): Promise<string>;
  /** At most `maxBytes` from the end of a file; '' when it is not there. */
  readTail(path: string, maxBytes: number, maxLines?: number): Promise<string>;
  /** Lines of a container's log in the CRI format, decoded; ends at the end unless following. */
  readLog(
    path: string,
    options: LogReadOptions,
    signal: AbortSignal,
    ended: () => boolean,
  ): AsyncIterable<Uint8Array>;
  /** Moves a log beyond `maxBytes` away, keeping `filesMax`; true when it must be reopened. */
  rotateLog(path: string, maxBytes: number, filesMax: number): Promise<boolean>;
  /** Removes the log of one dead container. */
  removeLog(path: string): Promise<void>;
  /** Unmounts and removes the volumes of a pod that has run to its end. Safe to repeat. */
  removeVolumes(uid: string): Promise<void>;
  /** Unmounts and removes all of a pod's folders, logs included. Safe to repeat. */
  removePod(pod: { uid: string; name: string; namespace: string }): Promise<void>;
  /** Pods that have folders here, for finding what a crash left. */
  listPods(): Promise<readonly { uid: string; name: string; namespace: string }[]>;
}

/** A file of the folder of static pods: its content as a value, or why it has none. */
export interface ManifestFile {
  readonly name: string;
  readonly value?: unknown;
  readonly error?: string;
}

/** The folder on the node whose files describe pods that run without being asked for in the API. */
export interface Manifests {
  /** All files there are now. Never throws. */
  read(): Promise<readonly ManifestFile[]>;
  /** Calls `changed` soon after files may have changed, until `signal` aborts. */
  watch(changed: () => void, signal: AbortSignal): void;
}

/** The machine as node status shows it. */
export interface Machine {
  /** Whole and fractional cores. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  readonly hostname: string;
  readonly internalIp: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly modules: SecurityModules;
}

/** What a control group is set to. A field that is absent stays as it is; -1 is no limit. */
export interface CgroupLimits {
  readonly cpuShares?: number;
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  readonly memoryLimitBytes?: number;
}

/** What the processes of a control group have used, and use. */
export interface CgroupUsage {
  /** Since the group was made. */
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  /** Memory without what the kernel can drop at once. */
  readonly workingSetBytes: number;
  readonly processes: number;
}

/** The node's control groups. Paths begin at the root of the trees: `/proa-1a2b3c4d/kubepods`. */
export interface Cgroups {
  /** Whether limits are those of cgroups v2. */
  readonly isUnified: boolean;
  /**
   * Makes a group where it is missing, and limits it.
   *
   * @throws Error of the system, such as EBUSY for a memory limit below what is in use
   */
  set(path: string, limits: CgroupLimits): Promise<void>;
  /**
   * Removes a group with all below it. Safe to repeat.
   *
   * @throws Error of the system while processes are in it
   */
  remove(path: string): Promise<void>;
  /** Sends SIGKILL to all processes in a group and below. Never throws. */
  kill(path: string): Promise<void>;
  /** The names of the groups directly below. */
  list(path: string): Promise<readonly string[]>;
  /** Null when there is no such group. */
  usage(path: string): Promise<CgroupUsage | null>;
}

/** A file system: what it holds and what is left of it. */
export interface FileSystemUsage {
  readonly capacityBytes: number;
  /** With what is available this may be less than the capacity: a part may be kept for root. */
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

/** What is used of the node, by pods and all else. */
export interface NodeUsage {
  /** Of all processors together, since the machine started. */
  readonly cpuNanos: number;
  /** Memory without what the kernel can drop at once. */
  readonly workingSetBytes: number;
  /** The file system of pods and logs, and that of images and containers. */
  readonly nodefs: FileSystemUsage;
  readonly imagefs: FileSystemUsage;
  readonly processes: number;
  readonly processesMax: number;
}

/** The parts of a pod on the node's disk that are to be measured. */
export interface PodDisk {
  readonly pod: { readonly uid: string; readonly name: string; readonly namespace: string };
  /** Folders of the pod's emptyDir volumes, by name. */
  readonly volumes: readonly string[];
  readonly containers: readonly { readonly name: string; readonly id: string }[];
}

/** What can be measured of folders: the bytes they take, or how many files and folders they are. */
export type DiskUnit = 'bytes' | 'inodes';

/** What a pod's parts take of the disk, by name; one that is not there is left out. */
export interface PodDiskUsage {
  readonly volumes: ReadonlyMap<string, number>;
  /** What containers wrote beside their volumes. */
  readonly layers: ReadonlyMap<string, number>;
  readonly logs: ReadonlyMap<string, number>;
}

/** Measures the node. */
export interface UsageSource {
  node(): Promise<NodeUsage>;
  /** Measures pods' folders, in the order they were given. It walks them: ask seldom. */
  disks(pods: readonly PodDisk[], unit: DiskUnit): Promise<readonly PodDiskUsage[]>;
}

/**
 * Room on the node's disk that is kept from pods, and given when they have filled it: without any,
 * neither the end of a pod can be noted nor, after that, its volumes removed.
 */
export interface DiskReserve {
  /** Gives the room, if the disk is full; answers whether there was any. Never throws. */
  release(): Promise<boolean>;
  /** Takes the room (again), where the disk has plenty. */
  keep(): Promise<void>;
}

/** The kubelet's view of what the host offers. */
export interface NodeEdges {
  readonly cgroups: Cgroups;
  readonly usage: UsageSource;
  readonly reserve: DiskReserve;
  readonly machine: Machine;
  readonly prober: Prober;
  readonly files: PodFiles;
  readonly paths: NodePaths;
  /** Absent where there are no static pods. */
  readonly manifests?: Manifests;
  /**
   * The node's ids that are set aside for pods with users of their own; absent or null for none.
   *
   * @throws Error when what is set aside cannot be used
   */
  podIds?(): Promise<IdRange | null>;
  /** The cgroup below which all pods run; '' for the runtime's own. */
  readonly cgroupParent: string;
}
