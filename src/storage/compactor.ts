import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Store } from './store.ts';

/** kube-apiserver's --etcd-compaction-interval. */
export const COMPACTION_INTERVAL_MS = 5 * 60 * 1000;

/**
 * Until `signal` aborts, forgets every `intervalMs` the history that is older than that, as
 * kube-apiserver does: at each turn it compacts to the revision that was the newest at the turn
 * before, so that at least one interval of history is always there. How many events a store
 * keeps within an interval is bounded by the store itself.
 */
export function startCompactor(
  store: Pick<Store<unknown>, 'revision' | 'compact'>,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
  intervalMs = COMPACTION_INTERVAL_MS,
): void {
  if (signal.aborted) return;
  let newestBefore = store.revision;
  let timer: Timer;
  const turn = async () => {
    const revision = newestBefore;
    newestBefore = store.revision;
    try {
      await store.compact(revision);
    } catch (error) {
      if (signal.aborted) return;
      // Keeps more history for a while: the next turn compacts further.
      log.warn('compaction failed', { revision, error: String(error) });
    }
    if (!signal.aborted) timer = clock.timer(intervalMs, turn);
  };
  timer = clock.timer(intervalMs, turn);
  signal.addEventListener('abort', () => timer.cancel(), { once: true });
}
