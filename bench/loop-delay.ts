/** How often the daemon's event loop was late by how much: cumulative, by upper bound. */
export interface LoopDelay {
  readonly boundsMs: readonly number[];
  /** Delays up to each bound. */
  readonly counts: readonly number[];
}

const BUCKET = /^proa_event_loop_delay_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;

/**
 * Reads the histogram of the delay from the text of /metrics.
 *
 * @throws when it is not there
 */
export function parseLoopDelay(metrics: string): LoopDelay {
  const rows = [...metrics.matchAll(BUCKET)];
  if (rows.length === 0) throw new Error('/metrics tells no delay of the event loop');
  return {
    boundsMs: rows.map(([, bound]) => (bound === '+Inf' ? Infinity : Number(bound) * 1000)),
    counts: rows.map(([, , count]) => Number(count)),
  };
}

/** What came between two readings. */
export function loopDelayBetween(before: LoopDelay, after: LoopDelay): LoopDelay {
  const counts = after.counts.map((count, index) => count - (before.counts[index] ?? 0));
  return { boundsMs: after.boundsMs, counts };
}

/** The delays of two phases together. */
export function addLoopDelays(one: LoopDelay, other: LoopDelay): LoopDelay {
  const counts = one.counts.map((count, index) => count + (other.counts[index] ?? 0));
  return { boundsMs: one.boundsMs, counts };
}

/**
 * The delay below which a share `q` of them lies, in milliseconds, as Prometheus reckons it: evenly
 * spread within a bucket, so that 1 gives the bound of the longest. NaN when nothing was measured.
 */
export function loopDelayQuantile({ boundsMs, counts }: LoopDelay, q: number): number {
  const total = counts.at(-1) ?? 0;
  if (total === 0) return Number.NaN;
  const rank = q * total;
  const at = counts.findIndex((count) => count >= rank);
  const below = counts[at - 1] ?? 0;
  const fromMs = boundsMs[at - 1] ?? 0;
  const toMs = boundsMs[at] ?? Infinity;
  return fromMs + (toMs - fromMs) * ((rank - below) / ((counts[at] ?? 0) - below));
}
