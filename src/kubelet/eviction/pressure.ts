import type { NodeUsage } from '../edges.ts';
import {
  type Observation,
  type Observations,
  type Signal,
  type Threshold,
  thresholdAmount,
} from './thresholds.ts';

/** The node's conditions that say it runs short. */
export type PressureCondition = 'MemoryPressure' | 'DiskPressure' | 'PIDPressure';

/** Upstream's evictionPressureTransitionPeriod: so long a condition outlasts its cause. */
const TRANSITION_MS = 300_000;

const CONDITIONS: Readonly<Record<Signal, PressureCondition>> = {
  'memory.available': 'MemoryPressure',
  'nodefs.available': 'DiskPressure',
  'nodefs.inodesFree': 'DiskPressure',
  'imagefs.available': 'DiskPressure',
  'imagefs.inodesFree': 'DiskPressure',
  'pid.available': 'PIDPressure',
};

/** Times on the monotonic clock. */
export interface PressureState {
  /** When each condition's cause was last seen. */
  readonly lastSeen: ReadonlyMap<PressureCondition, number>;
  /** Since when each threshold has been crossed without a break. */
  readonly crossedSince: ReadonlyMap<Threshold, number>;
}

/** A node that has always had plenty. */
export const NO_PRESSURE_YET: PressureState = { lastSeen: new Map(), crossedSince: new Map() };

export interface PressurePlan {
  readonly state: PressureState;
  readonly conditions: ReadonlySet<PressureCondition>;
  /** Thresholds crossed for as long as they allow, in the order in which to deal with them. */
  readonly met: readonly Threshold[];
}

/** What there is of everything that has a signal. */
export function observe(usage: NodeUsage, memoryBytes: number): Observations {
  const { imagefs, nodefs, processes, processesMax, workingSetBytes } = usage;
  const of = (available: number, capacity: number): Observation => ({
    available: Math.max(0, available),
    capacity,
  });
  return new Map<Signal, Observation>([
    ['memory.available', of(memoryBytes - workingSetBytes, memoryBytes)],
    ['nodefs.available', of(nodefs.availableBytes, nodefs.capacityBytes)],
    ['nodefs.inodesFree', of(nodefs.inodesFree, nodefs.inodes)],
    ['imagefs.available', of(imagefs.availableBytes, imagefs.capacityBytes)],
    ['imagefs.inodesFree', of(imagefs.inodesFree, imagefs.inodes)],
    ['pid.available', of(processesMax - processes, processesMax)],
  ]);
}

/**
 * Which thresholds are crossed, and what the node says of itself because of that: it says so at
 * once, also of a soft threshold. Pure.
 */
export function planPressure(
  state: PressureState,
  observations: Observations,
  thresholds: readonly Threshold[],
  nowMs: number,
): PressurePlan {
  const crossed = thresholds.filter((threshold) => isCrossed(threshold, observations));
  const lastSeen = new Map(state.lastSeen);
  for (const { signal } of crossed) lastSeen.set(CONDITIONS[signal], nowMs);
  for (const [condition, at] of lastSeen) {
    if (nowMs - at >= TRANSITION_MS) lastSeen.delete(condition);
  }
  const crossedSince = new Map(
    crossed.map((threshold) => [threshold, state.crossedSince.get(threshold) ?? nowMs]),
  );
  const met = crossed.filter(
    (threshold) => nowMs - crossedSince.get(threshold)! >= (threshold.graceMs ?? 0),
  );
  // Memory kills the whole machine first.
  const rank = ({ signal }: Threshold) => (signal === 'memory.available' ? 0 : 1);
  return {
    state: { lastSeen, crossedSince },
    conditions: new Set(lastSeen.keys()),
    met: met.sort((a, b) => rank(a) - rank(b)),
  };
}

/** Whether there is less of something than its threshold. A file system without inodes has enough. */
function isCrossed(threshold: Threshold, observations: Observations): boolean {
  const observation = observations.get(threshold.signal);
  if (observation === undefined || observation.capacity === 0) return false;
  return observation.available < thresholdAmount(threshold, observation.capacity);
}
