/**
 * A signal for each of `parts`, aborted with `signal`. Runtimes warn of a leak when one signal has
 * many listeners; this takes one, however many parts there are.
 */
export function fanOut<T>(signal: AbortSignal, parts: readonly T[]): [T, AbortSignal][] {
  const controllers = parts.map(() => new AbortController());
  const abort = () => {
    for (const controller of controllers) controller.abort();
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return parts.map((part, index) => [part, controllers[index]!.signal]);
}
