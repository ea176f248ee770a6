import type { EventRecorder } from '../client/event-recorder.ts';
import type { Pod } from '../generated/types.ts';
import { containerFieldPath } from './pod-identity.ts';

/** Events about one container of a pod. */
export interface ContainerEvents {
  record(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** Records events that name the container in their field path, as upstream's do. */
export function containerEvents(recorder: EventRecorder, pod: Pod, name: string): ContainerEvents {
  const target = { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata };
  const fieldPath = containerFieldPath(pod, name);
  return {
    record(type, reason, message) {
      recorder.record(target, type, reason, message, fieldPath);
    },
  };
}

/** Records an event about a pod as a whole. */
export function recordPodEvent(
  recorder: EventRecorder,
  pod: Pod,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  recorder.record({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata }, type, reason, message);
}
