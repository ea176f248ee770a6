import { formatTime } from '../base/clock.ts';
import type { ContainerImage, Node, NodeCondition, NodeStatus } from '../generated/types.ts';
import type { Machine } from './edges.ts';
import type { PressureCondition } from './eviction/pressure.ts';
import type { Reserved } from './eviction/thresholds.ts';
import type { Image, RuntimeVersion } from './runtime.ts';

/** The Kubernetes version that this kubelet speaks. */
export const KUBELET_VERSION = 'v1.34.0';
/** Upstream's default number of pods on a node. */
export const PODS_MAX = 110;

/** Upstream's nodeStatusMaxImages, and names shown of each. */
const IMAGES_MAX = 50;
const IMAGE_NAMES_MAX = 5;

export interface NodeIdentity {
  readonly name: string;
  readonly podCidr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What of a node's status changes while it runs. */
export interface NodeFacts {
  /** Name and version: containerd, 1.6.20. */
  readonly runtime: RuntimeVersion;
  /** '' when pods can run, else what is missing. */
  readonly notReady: string;
  readonly images: readonly Image[];
  /** What the node is short of. */
  readonly pressure: ReadonlySet<PressureCondition>;
}

export function nodeCapacity(machine: Machine): Record<string, string> {
  return {
    cpu: quantityOfCpus(machine.cpus),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    pods: String(PODS_MAX),
    'ephemeral-storage': `${Math.floor(machine.ephemeralStorageBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
  };
}

/** What pods may take: the capacity less what is kept so that none need be evicted. */
export function nodeAllocatable(machine: Machine, reserved: Reserved): Record<string, string> {
  const memory = Math.max(0, machine.memoryBytes - reserved.memoryBytes);
  const storage = Math.max(0, machine.ephemeralStorageBytes - reserved.storageBytes);
  return {
    ...nodeCapacity(machine),
    memory: `${Math.floor(memory / 1024)}Ki`,
    'ephemeral-storage': String(Math.floor(storage)),
  };
}

/** Labels that every node has. */
export function nodeLabels(identity: NodeIdentity, machine: Machine): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': machine.architecture,
    'beta.kubernetes.io/os': machine.operatingSystem,
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': identity.name,
    'kubernetes.io/os': machine.operatingSystem,
    ...identity.labels,
  };
}

/** A node's status. Conditions keep the time of their last change from `old`. Pure. */
export function nodeStatus(
  { machine, reserved }: { readonly machine: Machine; readonly reserved: Reserved },
  name: string,
  facts: NodeFacts,
  old: NodeStatus | undefined,
  now: number,
): NodeStatus {
  return {
    addresses: [
      { type: 'InternalIP', address: machine.internalIp },
      { type: 'Hostname', address: name },
    ],
    allocatable: nodeAllocatable(machine, reserved),
    capacity: nodeCapacity(machine),
    conditions: conditions(facts, old, now),
    ...(facts.runtime.features ? { features: { ...facts.runtime.features } } : {}),
    images: images(facts.images),
    ...runtimeHandlers(facts.runtime),
    nodeInfo: {
      architecture: machine.architecture,
      bootID: machine.bootId,
      containerRuntimeVersion: `${facts.runtime.name}://${facts.runtime.version}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: KUBELET_VERSION,
      machineID: machine.machineId,
      operatingSystem: machine.operatingSystem,
      osImage: machine.osImage,
      systemUUID: machine.systemUuid,
    },
  };
}

/** In an order that does not change: a runtime may list them in any. */
function runtimeHandlers({ handlers }: RuntimeVersion): Pick<NodeStatus, 'runtimeHandlers'> {
  if (handlers.length === 0) return {};
  const sorted = [...handlers].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { runtimeHandlers: sorted.map(({ name, features }) => ({ name, features })) };
}

/** A node as it is first registered. */
export function newNode(identity: NodeIdentity, machine: Machine, status: NodeStatus): Node {
  const spec =
    identity.podCidr === '' ? {} : { podCIDR: identity.podCidr, podCIDRs: [identity.podCidr] };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: identity.name, labels: nodeLabels(identity, machine) },
    spec,
    status,
  };
}

/** The conditions of a node that is short of something, or not: reasons and messages. */
const PRESSURES = [
  {
    type: 'MemoryPressure',
    short: ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available'],
    enough: ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  },
  {
    type: 'DiskPressure',
    short: ['KubeletHasDiskPressure', 'kubelet has disk pressure'],
    enough: ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  },
  {
    type: 'PIDPressure',
    short: ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available'],
    enough: ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  },
] as const;

function conditions(facts: NodeFacts, old: NodeStatus | undefined, now: number): NodeCondition[] {
  const isReady = facts.notReady === '';
  const wanted = [
    ...PRESSURES.map(({ type, short, enough }) =>
      facts.pressure.has(type)
        ? ([type, 'True', ...short] as const)
        : ([type, 'False', ...enough] as const),
    ),
    isReady
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', facts.notReady],
  ] as const;
  return wanted.map(([type = 'Ready', status = 'False', reason, message]) => {
    const before = old?.conditions?.find((condition) => condition.type === type);
    const isSame = before?.status === status;
    return {
      type,
      status,
      reason,
      message,
      lastHeartbeatTime: formatTime(now),
      lastTransitionTime: isSame ? before.lastTransitionTime : formatTime(now),
    };
  });
}

function images(present: readonly Image[]): ContainerImage[] {
  return [...present]
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, IMAGES_MAX)
    .map(({ digests, tags, sizeBytes }) => ({
      names: [...digests, ...tags].slice(0, IMAGE_NAMES_MAX),
      sizeBytes,
    }));
}

function quantityOfCpus(cpus: number): string {
  return Number.isInteger(cpus) ? String(cpus) : `${Math.floor(cpus * 1000)}m`;
}
