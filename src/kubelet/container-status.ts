import { formatTime } from '../base/clock.ts';
import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  PodCondition,
} from '../generated/types.ts';
import { isSidecar, containerStatus as statusInApi } from '../objects/core/pod/conditions.ts';
import type { Waiting } from './plan.ts';
import { isRecursiveReadOnly } from './recursive-read-only.ts';
import type * as runtime from './runtime.ts';
import { type PodRuntime, restartCountOf } from './runtime-state.ts';

/** Upstream's limit of all termination messages of a pod together. */
const MESSAGES_BYTES_MAX = 12_288;
/** What is told of a pod's resources: `PodResize` says it. */
export interface ToldResources {
  /** The conditions of a resize, without times. */
  conditions(): PodCondition[];
  /** What the status of a container says of its resources. */
  statusOf(name: string, runtime: PodRuntime): Partial<ContainerStatus>;
}

/** What the status of one container depends on. */
export interface ContainerStatusInput {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  /** Containers that were started and now wait to run again, or could not be started, and why. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** `containerd` in `containerd://<id>`. */
  readonly runtimeName: string;
  readonly features: runtime.HandlerFeatures;
  /** The pod's containers will not be started again. */
  readonly isEnding: boolean;
  readonly resources: ToldResources;
  /** Termination messages by container id. */
  messageOf(id: string): string;
  started(id: string): boolean;
  ready(id: string): boolean;
}

/** A container's status as upstream's convertToAPIContainerStatuses makes it. */
export function containerStatusOf(
  input: ContainerStatusInput,
  container: Container,
): ContainerStatus {
  const { name } = container;
  const attempts = input.runtime.containers.filter((status) => status.name === name);
  const old = statusInApi(input.pod, name);
  const [newest, previous] = attempts;
  if (newest === undefined) return withoutRuntime(input, container, old);
  const status = ofNewest(input, container, newest);
  const wait = input.waiting.get(name);
  if (newest.state === 'created' || (wait !== undefined && status.state?.terminated)) {
    const last = status.state?.terminated;
    status.state = { waiting: wait === undefined ? defaultWaiting(input.pod) : { ...wait } };
    if (last !== undefined) return { ...status, lastState: { terminated: last } };
  }
  const before = previous === undefined ? undefined : terminated(input, previous);
  const lastState = before === undefined ? lastStateOf(old, status) : { terminated: before };
  return { ...status, lastState };
}

/** The status of a container for debugging: it serves nobody, so it is never ready. */
export function debugStatusOf(input: ContainerStatusInput, container: Container): ContainerStatus {
  const { started, ...status } = containerStatusOf(input, container);
  return { ...status, ready: false };
}

/** Keeps what the API knows of the end before when the runtime has forgotten it. */
function lastStateOf(old: ContainerStatus | undefined, now: ContainerStatus): ContainerState {
  if (old === undefined || old.restartCount > now.restartCount) return {};
  if (old.restartCount === now.restartCount) return old.lastState ?? {};
  return old.state?.terminated ? { terminated: old.state.terminated } : (old.lastState ?? {});
}

function ofNewest(
  input: ContainerStatusInput,
  container: Container,
  newest: runtime.ContainerStatus,
): ContainerStatus {
  const isRunning = newest.state === 'running' || newest.state === 'unknown';
  // One that is being ended because its postStart failed was never of use to anybody.
  const hasFailed = input.waiting.get(container.name)?.reason === 'PostStartHookError';
  const started = isRunning && !hasFailed && input.started(newest.id);
  const isDone = newest.state === 'exited' && newest.exitCode === 0;
  const isInit = input.pod.spec.initContainers?.includes(container) ?? false;
  const mayServe = started && (!isInit || isSidecar(container));
  const ready = isInit && !isSidecar(container) ? isDone : mayServe && input.ready(newest.id);
  const end = newest.state === 'exited' ? terminated(input, newest) : undefined;
  const running = { running: { startedAt: formatTime(newest.startedAt) } };
  return {
    name: container.name,
    state: end === undefined ? running : { terminated: end },
    lastState: {},
    ready,
    restartCount: restartCountOf(newest),
    image: newest.image,
    imageID: newest.imageRef,
    containerID: `${input.runtimeName}://${newest.id}`,
    started,
    ...userStatus(newest),
    ...input.resources.statusOf(container.name, input.runtime),
    ...volumeMounts(container, input.features),
  };
}

function terminated(
  input: ContainerStatusInput,
  status: runtime.ContainerStatus,
): ContainerStateTerminated | undefined {
  if (status.state !== 'exited') return undefined;
  const message = shortened(input.messageOf(status.id) || status.message, input.pod);
  return {
    exitCode: status.exitCode,
    reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message === '' ? {} : { message }),
    startedAt: formatTime(status.startedAt),
    finishedAt: formatTime(status.finishedAt),
    containerID: `${input.runtimeName}://${status.id}`,
  };
}

/** The containers of a pod share what messages may take of its status. */
function shortened(message: string, { spec }: Pod): string {
  const count = spec.containers.length + (spec.initContainers?.length ?? 0);
  const bytesMax = Math.floor(MESSAGES_BYTES_MAX / count);
  const bytes = new TextEncoder().encode(message);
  return bytes.length <= bytesMax ? message : new TextDecoder().decode(bytes.subarray(0, bytesMax));
}

function withoutRuntime(
  input: ContainerStatusInput,
  container: Container,
  old: ContainerStatus | undefined,
): ContainerStatus {
  const base: ContainerStatus = {
    name: container.name,
    state: {},
    lastState: old?.lastState ?? {},
    ready: false,
    restartCount: old?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    started: false,
    ...input.resources.statusOf(container.name, input.runtime),
    ...volumeMounts(container, input.features),
  };
  if (old?.state?.terminated) return { ...old, ready: initDone(input.pod, container, old) };
  const wait = input.waiting.get(container.name);
  if (old?.state?.running) {
    const lost = {
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      startedAt: old.state.running.startedAt,
      ...(old.containerID === undefined ? {} : { containerID: old.containerID }),
    };
    if (input.isEnding) return { ...base, state: { terminated: lost } };
    return { ...base, lastState: { terminated: lost }, state: waitingState(input) };
  }
  return {
    ...base,
    state: wait === undefined ? waitingState(input) : { waiting: wait },
  };
}

function initDone(pod: Pod, container: Container, old: ContainerStatus): boolean {
  return (pod.spec.initContainers?.includes(container) ?? false) && old.ready;
}

function waitingState({ pod }: ContainerStatusInput): ContainerState {
  return { waiting: defaultWaiting(pod) };
}

/** In a pod with init containers all wait for initialization: `Init:0/2` follows from that. */
function defaultWaiting(pod: Pod): { reason: string } {
  const hasInit = (pod.spec.initContainers ?? []).length > 0;
  return { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' };
}

/** As whom its first process runs, where the runtime tells. */
function userStatus({ user }: runtime.ContainerStatus): Pick<ContainerStatus, 'user'> {
  if (user === undefined) return {};
  const { uid, gid, supplementalGroups } = user;
  return { user: { linux: { uid, gid, supplementalGroups: [...supplementalGroups] } } };
}

function volumeMounts(
  container: Container,
  { recursiveReadOnlyMounts }: runtime.HandlerFeatures,
): Pick<ContainerStatus, 'volumeMounts'> {
  const mounts = container.volumeMounts ?? [];
  if (mounts.length === 0) return {};
  return {
    volumeMounts: mounts.map((mount) => {
      const { name, mountPath, readOnly } = mount;
      if (!readOnly) return { name, mountPath };
      const isRecursive = isRecursiveReadOnly(mount, recursiveReadOnlyMounts);
      return { name, mountPath, readOnly, recursiveReadOnly: isRecursive ? 'Enabled' : 'Disabled' };
    }),
  };
}
