import { isSidecar } from '../objects/core/pod/conditions.ts';
import type { Action, Plan } from './plan.ts';
import type { PlanInput } from './plan-pod.ts';
import type { ContainerStatus } from './runtime.ts';
import { isAlive, mustBeStopped } from './runtime-state.ts';

/** A kill under way is hastened only when its new end comes at least this much earlier. */
const HASTEN_MS_MIN = 1_000;

/**
 * Ends a pod: all containers together, but SIGTERM comes to a sidecar only when the main ones and
 * the later sidecars have ended, as long as the one grace of them all lasts; then the sandboxes.
 * Pure.
 */
export function planTermination(
  input: Pick<PlanInput, 'pod' | 'runtime' | 'now' | 'killing'>,
  graceSeconds: number,
): Plan {
  const { pod, runtime } = input;
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  /** Those of a higher rank end first: main containers, then sidecars from the last on. */
  const rank = ({ name }: ContainerStatus): number => {
    const index = sidecars.indexOf(name);
    return index < 0 ? sidecars.length : index;
  };
  const alive = runtime.containers.filter(isAlive).sort((a, b) => rank(b) - rank(a));
  const actions: Action[] = [];
  for (const status of alive) {
    if (!mustKill(input, status, graceSeconds)) continue;
    const after = alive.filter((other) => rank(other) > rank(status)).map(({ id }) => id);
    actions.push(kill(status, graceSeconds, after));
  }
  if (alive.length === 0) {
    for (const sandbox of runtime.sandboxes.filter(mustBeStopped)) {
      actions.push({ type: 'stopSandbox', id: sandbox.id });
    }
  }
  const ended = alive.length === 0 && actions.length === 0;
  return { actions, waiting: new Map(), wakeAt: Infinity, ended };
}

function mustKill(
  { now, killing }: Pick<PlanInput, 'now' | 'killing'>,
  status: ContainerStatus,
  graceSeconds: number,
): boolean {
  const end = killing.get(status.id);
  return end === undefined || now + graceSeconds * 1000 < end - HASTEN_MS_MIN;
}

function kill(status: ContainerStatus, graceSeconds: number, after: readonly string[]): Action {
  const { id, name } = status;
  const event = `Stopping container ${name}`;
  return { type: 'killContainer', id, name, event, graceSeconds, after };
}
