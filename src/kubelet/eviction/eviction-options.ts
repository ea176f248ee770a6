import { parseDuration } from '../../objects/parse-duration.ts';
import {
  DEFAULT_EVICTION_HARD,
  parseSignal,
  parseThresholds,
  type Signal,
  type Threshold,
  ThresholdError,
} from './thresholds.ts';

/** When the node evicts pods, as upstream's kubelet is told. */
export interface EvictionOptions {
  /** evictionHard; upstream's defaults where absent. */
  readonly hard?: string;
  /** evictionSoft; none where absent. */
  readonly soft?: string;
  /** evictionSoftGracePeriod: `memory.available=1m30s` for each of `soft`. */
  readonly softGracePeriod?: string;
  /** evictionMaxPodGracePeriod: the most that a pod gets to end for a soft threshold. */
  readonly maxPodGraceSeconds?: number;
}

/** Below what the node evicts pods: at once, and after a while. */
export interface EvictionThresholds {
  readonly hard: readonly Threshold[];
  readonly soft: readonly Threshold[];
}

/**
 * Reads both sorts of thresholds.
 *
 * @throws ThresholdError
 */
export function evictionThresholds(options: EvictionOptions): EvictionThresholds {
  const graces = parseGracePeriods(options.softGracePeriod ?? '');
  const soft = parseThresholds(options.soft ?? '').map((threshold) => {
    const graceMs = graces.get(threshold.signal);
    if (graceMs !== undefined) return { ...threshold, graceMs };
    const text = 'grace period must be specified for the soft eviction threshold';
    throw new ThresholdError(`${text} ${threshold.signal}`);
  });
  return { hard: parseThresholds(options.hard ?? DEFAULT_EVICTION_HARD), soft };
}

function parseGracePeriods(text: string): ReadonlyMap<Signal, number> {
  const periods = new Map<Signal, number>();
  for (const part of text.split(',').filter((word) => word.trim() !== '')) {
    const [signal = '', value = '', ...rest] = part.trim().split('=');
    const ms = parseDuration(value);
    if (rest.length > 0 || ms === null) {
      throw new ThresholdError(`an eviction grace period is SIGNAL=DURATION, not ${part}`);
    }
    periods.set(parseSignal(signal), ms);
  }
  return periods;
}
