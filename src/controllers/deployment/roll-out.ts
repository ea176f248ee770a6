import { createCurrentSet, syncCurrentSet } from './current-set.ts';
import type { DeploymentWork } from './deployment-work.ts';
import { planHistory } from './plan-history.ts';
import { isComplete, nextLookMs, planPaused } from './plan-progress.ts';
import { isScaled, planScale } from './plan-proportional.ts';
import { currentReplicas, planAvailable, planUnhealthy, removableOf } from './plan-rolling.ts';
import { planRolloutStatus, planStatus } from './plan-status.ts';
import { activeOf, allOf, countOf, wantedOf } from './replica-sets.ts';

/**
 * Takes one step of a rollout. What comes of it is reported by the informers, and leads to the next.
 *
 * @param hasOldPods whether pods of sets other than the current one are still there
 * @returns in how many milliseconds to look again if nothing happens
 */
export async function rollOut(
  work: DeploymentWork,
  hasOldPods: () => boolean,
): Promise<number | undefined> {
  if (work.deployment.metadata.deletionTimestamp) {
    await syncStatus(work);
    return undefined;
  }
  const paused = planPaused(work.deployment, work.nowMs());
  if (paused !== null) {
    await work.writeStatus({ ...work.deployment.status, conditions: [...paused] });
  }
  await syncCurrentSet(work);
  const { spec } = work.deployment;
  const isDue = spec.paused || isScaled(work.deployment, work.sets);
  const scalings = isDue ? planScale(work.deployment, work.sets) : [];
  // Where no set can follow a new number by itself, upstream would wait for ever.
  if (spec.paused || scalings.length > 0) {
    await work.scale(scalings);
    if (spec.paused) await removeHistory(work);
    await syncStatus(work);
    return undefined;
  }
  const isSettled =
    spec.strategy?.type === 'Recreate' ? await recreate(work, hasOldPods) : await roll(work);
  if (isSettled && isComplete(work.deployment, work.deployment.status)) await removeHistory(work);
  return syncProgress(work);
}

/** @returns whether nothing was left to do */
async function roll(work: DeploymentWork): Promise<boolean> {
  if (work.sets.current === undefined) await createCurrentSet(work);
  if (await scaleCurrent(work)) return false;
  if (removableOf(work.deployment, work.sets) <= 0) return true;
  const unhealthy = planUnhealthy(work.deployment, work.sets);
  await work.scale(unhealthy);
  const available = planAvailable(work.deployment, work.sets);
  await work.scale(available);
  return unhealthy.length + available.length === 0;
}

/** @returns whether nothing was left to do */
async function recreate(work: DeploymentWork, hasOldPods: () => boolean): Promise<boolean> {
  const { old } = work.sets;
  const active = activeOf(old);
  await work.scale(active.map((set) => ({ set, replicas: 0 })));
  if (active.length > 0 || countOf(old, 'replicas') > 0 || hasOldPods()) return false;
  if (work.sets.current === undefined) await createCurrentSet(work);
  await scaleCurrent(work);
  return true;
}

/** @returns whether the current set had to be scaled */
async function scaleCurrent(work: DeploymentWork): Promise<boolean> {
  const { deployment, sets } = work;
  const { current: set } = sets;
  if (set === undefined) return false;
  const replicas = currentReplicas(deployment, allOf(sets), wantedOf(set));
  if (replicas === wantedOf(set)) return false;
  await work.scale([{ set, replicas }]);
  return true;
}

async function removeHistory(work: DeploymentWork): Promise<void> {
  await work.remove(planHistory(work.deployment, work.sets.old));
}

async function syncStatus(work: DeploymentWork): Promise<void> {
  await work.writeStatus(planStatus(work.deployment, work.sets, work.nowMs()));
}

async function syncProgress(work: DeploymentWork): Promise<number | undefined> {
  const status = planRolloutStatus(work.deployment, work.sets, work.nowMs());
  const isWritten = await work.writeStatus(status);
  return isWritten ? undefined : nextLookMs(work.deployment, work.nowMs());
}
