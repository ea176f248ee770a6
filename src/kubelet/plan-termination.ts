import { isSidecar } from '../objects/core/pod/conditions.ts';
import type { Action, Plan } from './plan.ts';
import type { PlanInput } from './plan-pod.ts';
import type { ContainerStatus } from './runtime.ts';
import { isAlive } from './runtime-state.ts';

/** A kill under way is hastened only when its new end comes at least this much earlier. */
const HASTEN_MS_MIN = 1_000;

/**
 * Ends a pod: the main and ordinary init containers together, then the sidecars in reverse order,
 * one after the other, then the sandboxes. Pure.
 */
export function planTermination(
  input: Pick<PlanInput, 'pod' | 'runtime' | 'now' | 'killing'>,
  graceSeconds: number,
): Plan {
  const { pod, runtime } = input;
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name);
  const alive = runtime.containers.filter(isAlive);
  const main = alive.filter((status) => !sidecars.includes(status.name));
  const last = [...alive].sort((a, b) => sidecars.indexOf(b.name) - sidecars.indexOf(a.name));
  const targets = main.length > 0 ? main : last.slice(0, 1);
  const actions: Action[] = [];
  for (const status of targets) {
    if (mustKill(input, status, graceSeconds)) actions.push(kill(status, graceSeconds));
  }
  if (alive.length === 0) {
    for (const { id, ready } of runtime.sandboxes) {
      if (ready) actions.push({ type: 'stopSandbox', id });
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

function kill(status: ContainerStatus, graceSeconds: number): Action {
  const { id, name } = status;
  return { type: 'killContainer', id, name, event: `Stopping container ${name}`, graceSeconds };
}
