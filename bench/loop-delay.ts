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
 * The bound below which a share `q` of the delays lies, in milliseconds: 1 gives the longest. NaN
 * when nothing was measured.
 */
export function loopDelayQuantile({ boundsMs, counts }: LoopDelay, q: number): number {
  const total = counts.at(-1) ?? 0;
  if (total === 0) return Number.NaN;
  return boundsMs[counts.findIndex((count) => count >= q * total)] ?? Number.NaN;
}
