import type { ContainerStatus, SandboxStatus } from './runtime.ts';

/** What the runtime has of one pod. */
export interface PodRuntime {
  /** The newest first. */
  readonly sandboxes: readonly SandboxStatus[];
  /** The newest attempt of each name first. */
  readonly containers: readonly ContainerStatus[];
}

export const NO_RUNTIME: PodRuntime = { sandboxes: [], containers: [] };

/** On each container: how often it had been restarted when it was made. */
export const RESTART_COUNT_ANNOTATION = 'io.kubernetes.container.restartCount';
/** On each container: where its termination message is found on the node. */
export const MESSAGE_FILE_ANNOTATION = 'io.kubernetes.container.terminationMessageFile';
export const MESSAGE_POLICY_ANNOTATION = 'io.kubernetes.container.terminationMessagePolicy';

/** The newest attempt of a container, whatever its state. */
export function newestOf(runtime: PodRuntime, name: string): ContainerStatus | undefined {
  return runtime.containers.find((status) => status.name === name);
}

/** How often the container had been restarted when `status` was made. */
export function restartCountOf(status: ContainerStatus): number {
  return Number(status.annotations[RESTART_COUNT_ANNOTATION] ?? status.attempt);
}

/** Whether a process may be there: a created container may be about to start. */
export function isAlive(status: ContainerStatus): boolean {
  return status.state === 'running' || status.state === 'unknown';
}

/**
 * Whether a sandbox is still to be stopped. One that died, or whose stop was cut off, is not ready,
 * but has its network as long as it has addresses: link, namespace and host ports.
 */
export function mustBeStopped({ ready, ips }: SandboxStatus): boolean {
  return ready || ips.length > 0;
}

/** The sandbox that the pod's containers run in, if it is alive. */
export function readySandbox(runtime: PodRuntime): SandboxStatus | undefined {
  const newest = runtime.sandboxes[0];
  return newest?.ready ? newest : undefined;
}
