import type { Codec } from './store.ts';
import { type Journal, TwoPhaseStore } from './two-phase-store.ts';
import { HISTORY_EVENTS_MAX, VersionedState } from './versioned-state.ts';

export interface MemoryStoreOptions {
  /** At least so many events are kept: {@link HISTORY_EVENTS_MAX} by default. */
  readonly historyEventsMax?: number;
}

/** Promises nothing beyond this process: every transaction is durable at once. */
const nowhere: Journal<unknown, null> = {
  prepare: () => null,
  write: async () => {},
  close: async () => {},
};

/** A store that forgets everything with its process: for tests and simulations. */
export class MemoryStore<V> extends TwoPhaseStore<V, null> {
  constructor(codec: Pick<Codec<V>, 'commit'>, options: MemoryStoreOptions = {}) {
    const eventsMax = options.historyEventsMax ?? HISTORY_EVENTS_MAX;
    super(codec, new VersionedState<V>(eventsMax, 1, 0), nowhere);
  }
}
