/** A pending call of a {@link Clock}. Cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time outside `host/`. `host/clock.ts` is the machine's clock and
 * `sim/clock.ts` a virtual one, on which thousands of seconds pass in one.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump when the wall clock is set. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. Measure durations with it. */
  monotonic(): number;
  /** Calls `fire` once, `delayMs` from now. Equal deadlines fire in the order they were made. */
  timer(delayMs: number, fire: () => void): Timer;
}

/**
 * Waits `delayMs` on `clock`.
 *
 * Resolves early, without throwing, when `signal` aborts: callers look at `signal.aborted`.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const stop = () => {
      timer.cancel();
      resolve();
    };
    const timer = clock.timer(delayMs, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** `ms` since the epoch as Kubernetes writes a metav1.Time: seconds, UTC (2026-01-02T03:04:05Z). */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `ms` since the epoch as a metav1.MicroTime (2026-01-02T03:04:05.678000Z). */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}
