import type { NodeState, PodDemand } from '../node-state.ts';

/** The best that a score can say about a node; the worst is 0. */
export const SCORE_MAX = 100;

/** One reason to prefer a node over another. */
export interface Score {
  readonly name: string;
  readonly weight: number;
  /** A raw figure; more is better unless `reverse`. */
  rate(demand: PodDemand, state: NodeState): number;
  /** How raw figures become 0 to 100: as they are, or in proportion to the largest one. */
  readonly scale: 'none' | 'to-largest' | 'reverse-to-largest';
}

/** Brings raw figures of all nodes into 0 to 100. */
export function normalize(raw: readonly number[], scale: Score['scale']): number[] {
  if (scale === 'none') return [...raw];
  const reverse = scale === 'reverse-to-largest';
  const largest = Math.max(0, ...raw);
  return raw.map((figure) => {
    const part = largest === 0 ? 0 : Math.floor((SCORE_MAX * figure) / largest);
    return reverse ? SCORE_MAX - part : part;
  });
}
