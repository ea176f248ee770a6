/** A broken invariant: the program is wrong, not its input. Never caught to go on. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/**
 * States an invariant.
 *
 * @throws AssertionError when the condition is false
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
