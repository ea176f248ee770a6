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

/** When each condition's cause was last seen, on the monotonic clock. */
export type PressureState = ReadonlyMap<PressureCondition, number>;

export interface PressurePlan {
  readonly state: PressureState;
  readonly conditions: ReadonlySet<PressureCondition>;
  /** Thresholds that are crossed now, in the order in which they are to be dealt with. */
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

/** Which thresholds are crossed, and what the node says of itself because of that. Pure. */
export function planPressure(
  state: PressureState,
  observations: Observations,
  thresholds: readonly Threshold[],
  nowMs: number,
): PressurePlan {
  const met = thresholds.filter((threshold) => isMet(threshold, observations));
  const next = new Map(state);
  for (const { signal } of met) next.set(CONDITIONS[signal], nowMs);
  for (const [condition, at] of next) if (nowMs - at >= TRANSITION_MS) next.delete(condition);
  // Memory kills the whole machine first.
  const rank = ({ signal }: Threshold) => (signal === 'memory.available' ? 0 : 1);
  return {
    state: next,
    conditions: new Set(next.keys()),
    met: [...met].sort((a, b) => rank(a) - rank(b)),
  };
}

/** Whether there is less of something than its threshold. A file system without inodes has enough. */
function isMet(threshold: Threshold, observations: Observations): boolean {
  const observation = observations.get(threshold.signal);
  if (observation === undefined || observation.capacity === 0) return false;
  return observation.available < thresholdAmount(threshold, observation.capacity);
}
