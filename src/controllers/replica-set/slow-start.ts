/**
 * Calls under way together. The controller's workers, all busy with as many, leave half of the API
 * server's writes in flight to others.
 */
export const UNDER_WAY_MAX = 20;

export interface SlowStart {
  /** How many calls have succeeded. */
  readonly succeeded: number;
  /** What the first call that failed threw, if one did. */
  readonly error: unknown;
}

/**
 * Makes `count` calls in batches of 1, 2, 4 and so on, and ends after the first batch of which one
 * has failed: where all would fail for the same reason, few are tried.
 */
export async function slowStart(count: number, call: () => Promise<void>): Promise<SlowStart> {
  let succeeded = 0;
  for (let size = 1, left = count; left > 0; left -= size, size *= 2) {
    size = Math.min(size, left);
    const errors = await together(new Array(size).fill(call));
    succeeded += size - errors.length;
    if (errors.length > 0) return { succeeded, error: errors[0] };
  }
  return { succeeded, error: undefined };
}

/** Makes all `calls`, {@link UNDER_WAY_MAX} at a time, and answers what those that failed threw. */
export async function together(calls: readonly (() => Promise<void>)[]): Promise<unknown[]> {
  const errors: unknown[] = [];
  const rest = calls.values();
  const lane = async () => {
    for (const call of rest) await call().catch((error: unknown) => errors.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(UNDER_WAY_MAX, calls.length) }, lane));
  return errors;
}
