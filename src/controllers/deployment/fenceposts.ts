import type { Deployment } from '../../generated/types.ts';

/** How far a rollout may go from the number of pods that is asked for. */
export interface Fenceposts {
  /** Pods more than asked for. */
  readonly surge: number;
  /** Pods fewer than asked for that are available. */
  readonly unavailable: number;
}

/**
 * The limits of a rolling update, per cents made whole: of the surge up, of the unavailable down.
 * When nothing remains of either, one pod may be unavailable, as nothing could move otherwise.
 * Deployments of another strategy have neither.
 */
export function fencepostsOf({ spec }: Deployment): Fenceposts {
  const { replicas = 1, strategy } = spec;
  if (strategy?.type !== 'RollingUpdate') return { surge: 0, unavailable: 0 };
  const { maxSurge = 0, maxUnavailable = 0 } = strategy.rollingUpdate ?? {};
  const surge = podsOf(maxSurge, replicas, Math.ceil);
  const unavailable = podsOf(maxUnavailable, replicas, Math.floor);
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { surge, unavailable: Math.min(least, replicas) };
}

/** The most pods that all ReplicaSets of the Deployment may ask for together. */
export function maxReplicasOf(deployment: Deployment): number {
  return (deployment.spec.replicas ?? 1) + fencepostsOf(deployment).surge;
}

/** The fewest pods that must be available. */
export function minAvailableOf(deployment: Deployment): number {
  return (deployment.spec.replicas ?? 1) - fencepostsOf(deployment).unavailable;
}

function podsOf(
  amount: number | string,
  replicas: number,
  round: (count: number) => number,
): number {
  if (typeof amount === 'number') return amount;
  return round((Number.parseInt(amount, 10) * replicas) / 100);
}
