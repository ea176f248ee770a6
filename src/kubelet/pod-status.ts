import { formatTime } from '../base/clock.ts';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../generated/types.ts';
import { isTerminal, setPodCondition } from '../objects/core/pod/conditions.ts';
import { qosClass } from '../objects/core/pod/qos.ts';
import { type ContainerStatusInput, containerStatusOf, debugStatusOf } from './container-status.ts';
import { isInitialized, kubeletConditions } from './pod-conditions.ts';
import type { PodFailure } from './pod-end.ts';
import { debugContainers } from './pod-identity.ts';
import { podPhase } from './pod-phase.ts';
import { RESIZE_CONDITIONS } from './resize/pod-resize.ts';
import { isAlive, readySandbox } from './runtime-state.ts';

/** All that a pod's status depends on. */
export interface PodStatusInput extends ContainerStatusInput {
  /** Epoch ms. */
  readonly now: number;
  /** The node's addresses, the main one first. */
  readonly hostIps: readonly string[];
  /** Why the kubelet ended or refused the pod, if it did: the phase becomes Failed. */
  readonly failure: PodFailure | null;
  /** The failure is that it was never admitted: nothing of it has been on this node. */
  readonly isRefused: boolean;
}

/** The whole status of a pod, from what the runtime has and the API knew. Pure. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, now } = input;
  const old = pod.status ?? {};
  if (input.isRefused || isRefused(old)) return refusedStatus(input, old);
  const isOver = old.phase === 'Succeeded' || old.phase === 'Failed';
  const init = (pod.spec.initContainers ?? []).map((c) => containerStatusOf(input, c));
  const main = pod.spec.containers.map((c) => containerStatusOf(input, c));
  const debug = debugContainers(pod).map((c) => debugStatusOf(input, c));
  const statuses = new Map([...init, ...main].map((status) => [status.name, status]));
  const initialized = isInitialized(pod, statuses);
  const live = podPhase(pod, statuses, input.isEnding, initialized);
  const next = input.failure === null ? live : 'Failed';
  // While something runs the pod still uses what it was given: only its end makes the phase final.
  const isHeld = isTerminal({ status: { phase: next } }) && input.runtime.containers.some(isAlive);
  // And a pod that has ended never comes back to life.
  const isKept = isOver || isHeld;
  const phase = isKept ? ((old.phase ?? 'Pending') as typeof live) : next;
  const sandbox = readySandbox(input.runtime);
  const status: PodStatus = {
    observedGeneration: pod.metadata.generation,
    phase,
    ...(isHeld && !isOver ? {} : reasonOf(input, isOver ? old : {})),
    ...addresses(input),
    startTime: old.startTime ?? formatTime(now),
    qosClass: old.qosClass ?? qosClass(pod.spec),
    ...(init.length > 0 ? { initContainerStatuses: endAll(init, phase) } : {}),
    containerStatuses: endAll(main, phase),
    ...(debug.length > 0 ? { ephemeralContainerStatuses: debug } : {}),
    conditions: (old.conditions ?? []).filter(({ type }) => !RESIZE_CONDITIONS.has(type)),
  };
  const conditions = kubeletConditions({
    pod,
    phase,
    statuses,
    hasSandbox: sandbox !== undefined,
  });
  for (const condition of conditions) setCondition(status, pod, condition, now);
  if (input.failure?.isDisruption) {
    const { message } = input.failure;
    const reason = 'TerminationByKubelet';
    const target = { type: 'DisruptionTarget', status: 'True', reason, message };
    setCondition(status, pod, target, now);
  }
  for (const condition of input.resources.conditions()) {
    setCondition(status, pod, withTime(condition, old), now);
  }
  return status;
}

function isRefused({ phase, startTime }: PodStatus): boolean {
  return phase === 'Failed' && startTime === undefined;
}

/** As upstream, a pod that was not admitted has no containers and no conditions of the kubelet. */
function refusedStatus(input: PodStatusInput, old: PodStatus): PodStatus {
  const { pod } = input;
  return {
    observedGeneration: pod.metadata.generation,
    phase: 'Failed',
    ...reasonOf(input, old),
    qosClass: old.qosClass ?? qosClass(pod.spec),
    conditions: [...(old.conditions ?? [])],
  };
}

function reasonOf(
  { failure }: PodStatusInput,
  old: PodStatus,
): Pick<PodStatus, 'reason' | 'message'> {
  const { reason = old.reason, message = old.message } = failure ?? {};
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function setCondition(status: PodStatus, pod: Pod, next: PodCondition, now: number): void {
  const { generation } = pod.metadata;
  setPodCondition(status, { ...next, observedGeneration: generation }, now);
}

/** A condition that is not kept between statuses keeps its time while it lasts. */
function withTime(condition: PodCondition, old: PodStatus): PodCondition {
  const before = old.conditions?.find(({ type }) => type === condition.type);
  return before === undefined
    ? condition
    : { ...condition, lastTransitionTime: before.lastTransitionTime };
}

/** Containers of a pod that has ended do not serve. */
function endAll(statuses: ContainerStatus[], phase: string): ContainerStatus[] {
  if (phase !== 'Failed') return statuses;
  return statuses.map((status) =>
    status.state?.terminated ? status : { ...status, ready: false, started: false },
  );
}

/** A pod that lost its sandbox keeps the address it had, until it has another. */
function addresses({ pod, runtime, hostIps }: PodStatusInput): Partial<PodStatus> {
  const old = pod.status ?? {};
  const host: Partial<PodStatus> = {
    hostIP: hostIps[0],
    hostIPs: hostIps.map((ip) => ({ ip })),
  };
  const sandbox = readySandbox(runtime);
  if (pod.spec.hostNetwork && runtime.sandboxes.length > 0) {
    return { ...host, podIP: hostIps[0], podIPs: hostIps.map((ip) => ({ ip })) };
  }
  const ips = sandbox === undefined ? [] : sandbox.ips;
  if (ips.length > 0) return { ...host, podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) };
  return old.podIP === undefined ? host : { ...host, podIP: old.podIP, podIPs: old.podIPs };
}
