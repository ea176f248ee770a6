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
import type * as runtime from './runtime.ts';
import { type PodRuntime, restartCountOf } from './runtime-state.ts';

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
    status.state = { waiting: wait === undefined ? defaultWaiting(input.pod, name) : { ...wait } };
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
  const started = isRunning && input.started(newest.id);
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
    ...input.resources.statusOf(container.name, input.runtime),
    ...volumeMounts(container),
  };
}

function terminated(
  input: ContainerStatusInput,
  status: runtime.ContainerStatus,
): ContainerStateTerminated | undefined {
  if (status.state !== 'exited') return undefined;
  const message = input.messageOf(status.id) || status.message;
  return {
    exitCode: status.exitCode,
    reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message === '' ? {} : { message }),
    startedAt: formatTime(status.startedAt),
    finishedAt: formatTime(status.finishedAt),
    containerID: `${input.runtimeName}://${status.id}`,
  };
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
    ...volumeMounts(container),
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
    return { ...base, lastState: { terminated: lost }, state: waitingState(input, container) };
  }
  return {
    ...base,
    state: wait === undefined ? waitingState(input, container) : { waiting: wait },
  };
}

function initDone(pod: Pod, container: Container, old: ContainerStatus): boolean {
  return (pod.spec.initContainers?.includes(container) ?? false) && old.ready;
}

function waitingState({ pod }: ContainerStatusInput, container: Container): ContainerState {
  return { waiting: defaultWaiting(pod, container.name) };
}

/** Main containers of a pod with init containers wait for those. */
function defaultWaiting(pod: Pod, name: string): { reason: string } {
  const init = pod.spec.initContainers ?? [];
  const isInit = init.some((container) => container.name === name);
  return { reason: init.length > 0 && !isInit ? 'PodInitializing' : 'ContainerCreating' };
}

function volumeMounts(container: Container): Pick<ContainerStatus, 'volumeMounts'> {
  const mounts = container.volumeMounts ?? [];
  if (mounts.length === 0) return {};
  return {
    volumeMounts: mounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}
