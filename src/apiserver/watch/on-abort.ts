const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once when `signal`, which has not yet, aborts. However many ask, the signal gets
 * one listener: a component's many watches share its signal, and more than a few listeners look
 * like a leak.
 *
 * @returns what takes the request back
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let set = listeners.get(signal);
  if (set === undefined) {
    const made = new Set<() => void>();
    set = made;
    listeners.set(signal, made);
    signal.addEventListener(
      'abort',
      () => {
        for (const call of [...made]) call();
      },
      { once: true },
    );
  }
  const own = set;
  own.add(listener);
  return () => own.delete(listener);
}
