import { SCORE_MAX, type Score } from './score.ts';

function freePart(capacity: bigint, taken: bigint): number {
  if (capacity === 0n || taken > capacity) return 0;
  return Number(((capacity - taken) * BigInt(SCORE_MAX)) / capacity);
}

/** Prefers nodes that keep the larger part of their CPU and memory free. */
export const leastAllocated: Score = {
  name: 'NodeResourcesFit',
  weight: 1,
  scale: 'none',
  rate(demand, { allocatable, scoredCpu, scoredMemory }) {
    const cpu = freePart(allocatable.get('cpu') ?? 0n, scoredCpu + demand.scoredCpu);
    const memory = freePart(allocatable.get('memory') ?? 0n, scoredMemory + demand.scoredMemory);
    return Math.floor((cpu + memory) / 2);
  },
};
