const LOOK_MS = 50;

/**
 * Waits for a condition: looks again and again until `look` gives something other than undefined
 * or false, and answers with that.
 *
 * @param what said in the failure: "pod web is Ready"
 * @param timeoutMs in milliseconds
 * @param describe gives what was seen last, for the failure
 * @throws when the time is over
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  describe: () => string = () => '',
): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; ; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) {
      throw new Error(`not within ${timeoutMs / 1000} s: ${what}; ${describe()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
