import type { ContainerStatus, Pod, PodCondition } from '../generated/types.ts';
import { isConditionTrue, isSidecar, podCondition } from '../objects/core/pod/conditions.ts';
import type { PodPhase } from './pod-phase.ts';

/** What the conditions of a pod depend on. */
export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: PodPhase;
  readonly statuses: ReadonlyMap<string, ContainerStatus>;
  /** The sandbox lives and has its network. */
  readonly hasSandbox: boolean;
}

/** The conditions that the kubelet owns, without times, in upstream's order. */
export function kubeletConditions(input: ConditionInput): PodCondition[] {
  const containersReady = containersReadyCondition(input);
  return [
    { type: 'PodReadyToStartContainers', status: input.hasSandbox ? 'True' : 'False' },
    initializedCondition(input),
    readyCondition(input, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
}

/** Whether the init containers have all succeeded, as the statuses tell it. */
export function isInitialized(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>): boolean {
  const hasStarted = pod.spec.containers.some(({ name }) => {
    const { state, lastState } = statuses.get(name) ?? {};
    return (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined;
  });
  return hasStarted || incompleteInit(pod, statuses).length === 0;
}

function incompleteInit(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>): string[] {
  const incomplete: string[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.get(container.name);
    const isDone = isSidecar(container) ? status?.started === true : status?.ready === true;
    if (!isDone) incomplete.push(container.name);
  }
  return incomplete;
}

function initializedCondition({ pod, phase, statuses }: ConditionInput): PodCondition {
  const type = 'Initialized';
  if (isInitialized(pod, statuses)) {
    return phase === 'Succeeded'
      ? { type, status: 'True', reason: 'PodCompleted' }
      : { type, status: 'True' };
  }
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const names = incompleteInit(pod, statuses).join(' ');
  const message = `containers with incomplete status: [${names}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

function containersReadyCondition({ pod, phase, statuses }: ConditionInput): PodCondition {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unknown: string[] = [];
  const unready: string[] = [];
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  for (const { name } of [...sidecars, ...pod.spec.containers]) {
    const status = statuses.get(name);
    if (status === undefined) unknown.push(name);
    else if (!status.ready) unready.push(name);
  }
  const messages: string[] = [];
  if (unknown.length > 0) messages.push(`containers with unknown status: [${unknown.join(' ')}]`);
  if (unready.length > 0) messages.push(`containers with unready status: [${unready.join(' ')}]`);
  if (messages.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ContainersNotReady', message: messages.join(', ') };
}

function readyCondition({ pod }: ConditionInput, containersReady: PodCondition): PodCondition {
  const type = 'Ready';
  if (containersReady.status !== 'True') return { ...containersReady, type };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    if (isConditionTrue(pod, conditionType)) continue;
    const status = podCondition(pod, conditionType)?.status;
    messages.push(
      status === undefined
        ? `corresponding condition of pod readiness gate "${conditionType}" does not exist.`
        : `the status of pod readiness gate "${conditionType}" is not "True", but ${status}`,
    );
  }
  if (messages.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
