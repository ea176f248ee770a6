import type { ContainerStatus, Pod, PodStatus } from '../generated/types.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import { allContainers } from './pod-identity.ts';
import type { ProbedContainer, ProbedPod } from './probes/probe-worker.ts';

/** A pod as its probes see it: always through its newest status. */
export function probedPod(status: () => PodStatus, pod: Pod, isDeleted: () => boolean): ProbedPod {
  return {
    get isOver() {
      return isTerminal({ status: status() });
    },
    get isDeleted() {
      return isDeleted();
    },
    container(name) {
      const { containerStatuses = [], initContainerStatuses = [] } = status();
      const found = [...containerStatuses, ...initContainerStatuses].find(
        (candidate) => candidate.name === name,
      );
      return found === undefined ? null : view(pod, found);
    },
  };
}

function view(pod: Pod, status: ContainerStatus): ProbedContainer {
  const { containerID = '', state = {}, started = false } = status;
  const spec = allContainers(pod).find(({ name }) => name === status.name);
  const policy = spec?.restartPolicy ?? pod.spec.restartPolicy;
  return {
    id: containerID.slice(containerID.indexOf('://') + 3),
    state: state.running ? 'running' : state.terminated ? 'terminated' : 'waiting',
    startedAt: Date.parse(state.running?.startedAt ?? '') || 0,
    started,
    isFinal: state.terminated !== undefined && policy === 'Never',
  };
}
