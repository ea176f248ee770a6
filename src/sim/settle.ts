/** Rounds without any sign of work after which a program counts as quiet. */
const QUIET_ROUNDS = 3;

/**
 * Makes the `settle` of a virtual clock: yields to promises and immediates until nothing has
 * happened for a few rounds.
 *
 * @param activity rises whenever work is done that takes several rounds by itself; a program that
 * only chains promises needs none, since every promise runs before the next immediate
 */
export function settleBy(activity: () => number = () => 0): () => Promise<void> {
  return async () => {
    let seen = activity();
    for (let quiet = 0; quiet < QUIET_ROUNDS; quiet++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const now = activity();
      if (now !== seen) quiet = -1;
      seen = now;
    }
  };
}
