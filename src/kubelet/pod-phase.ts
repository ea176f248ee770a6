import type { ContainerStatus, Pod } from '../generated/types.ts';
import { isSidecar } from '../objects/core/pod/conditions.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

interface InitCounts {
  pending: number;
  failed: number;
}

interface MainCounts {
  unknown: number;
  running: number;
  waiting: number;
  stopped: number;
  succeeded: number;
}

/**
 * A pod's phase from its containers' statuses: upstream's getPhase.
 *
 * @param isEnding the pod's containers will not be restarted whatever its policy says
 * @param isInitialized its init containers have once all succeeded
 */
export function podPhase(
  pod: Pod,
  statuses: ReadonlyMap<string, ContainerStatus>,
  isEnding: boolean,
  isInitialized: boolean,
): PodPhase {
  const { restartPolicy } = pod.spec;
  const init = countInit(pod, statuses);
  const main = countMain(pod, statuses);
  if (init.failed > 0 && restartPolicy === 'Never') return 'Failed';
  if (init.pending > 0 && !isInitialized && !isEnding) return 'Pending';
  if (main.waiting > 0) return isEnding && main.running === 0 ? endPhase(main) : 'Pending';
  if (main.running > 0 && main.unknown === 0) return 'Running';
  if (main.running === 0 && main.stopped > 0 && main.unknown === 0) {
    if (isEnding) return endPhase(main);
    if (restartPolicy === 'Always') return 'Running';
    if (main.stopped === main.succeeded) return 'Succeeded';
    return restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return isEnding ? 'Failed' : 'Pending';
}

function endPhase(main: MainCounts): PodPhase {
  return main.waiting === 0 && main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
}

function countInit(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>): InitCounts {
  const counts = { pending: 0, failed: 0 };
  for (const container of pod.spec.initContainers ?? []) {
    const { state = {}, lastState, started } = statuses.get(container.name) ?? {};
    if (isSidecar(container)) {
      const isPending = state.running
        ? started !== true
        : !state.terminated && !lastState?.terminated;
      if (isPending) counts.pending++;
      continue;
    }
    const end = state.terminated ?? (state.waiting ? lastState?.terminated : undefined);
    if (end === undefined) counts.pending++;
    else if (end.exitCode !== 0) counts.failed++;
  }
  return counts;
}

function countMain(pod: Pod, statuses: ReadonlyMap<string, ContainerStatus>): MainCounts {
  const counts = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  for (const { name } of pod.spec.containers) {
    const { state = {}, lastState } = statuses.get(name) ?? {};
    if (state.running) counts.running++;
    else if (state.terminated) {
      counts.stopped++;
      if (state.terminated.exitCode === 0) counts.succeeded++;
    } else if (!state.waiting) counts.unknown++;
    else if (lastState?.terminated) counts.stopped++;
    else counts.waiting++;
  }
  return counts;
}
