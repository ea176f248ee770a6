import type { Clock } from '../base/clock.ts';

/** What an event is about and says, before it has a name or a count. */
export interface Occurrence {
  /** All that identifies the object, its field and the reporting component. */
  readonly objectKey: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
}

/** What to do about an occurrence. */
export type Correlation =
  | { readonly type: 'create'; readonly key: string; readonly message: string }
  | {
      readonly type: 'count';
      readonly key: string;
      readonly message: string;
      /** The event object that stands for all occurrences so far, and how many they are now. */
      readonly name: string;
      readonly count: number;
    }
  | { readonly type: 'drop' };

/** client-go's defaults: 25 at once for one object and source, then one in 300 s. */
const BURST = 25;
const REFILL_MS = 300_000;
/** After 10 messages of one reason within 600 s, the rest are counted as one. */
const SIMILAR_MAX = 10;
const SIMILAR_WINDOW_MS = 600_000;
/** Entries kept of each sort; the oldest are forgotten first. */
const ENTRIES_MAX = 4_096;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/**
 * Decides which occurrences become new events, which raise the count of an old one and which are
 * too many: client-go's EventCorrelator (aggregate, then count, then filter).
 */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #similar = new Map<string, { messages: Set<string>; lastAt: number }>();
  readonly #counted = new Map<string, { name: string; count: number }>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  correlate(occurrence: Occurrence): Correlation {
    const { key, message } = this.#aggregate(occurrence);
    const counted = this.#counted.get(key);
    if (counted !== undefined) counted.count++;
    if (!this.#allow(occurrence.objectKey)) return { type: 'drop' };
    if (counted === undefined) return { type: 'create', key, message };
    return { type: 'count', key, message, ...counted };
  }

  /** Later occurrences of `key` are counted on the event object `name`. */
  created(key: string, name: string): void {
    remember(this.#counted, key, { name, count: 1 });
  }

  /** The event object that stood for `key` is gone; the next occurrence creates a new one. */
  forget(key: string): void {
    this.#counted.delete(key);
  }

  #aggregate(occurrence: Occurrence): { key: string; message: string } {
    const { objectKey, type, reason, message } = occurrence;
    const aggregateKey = JSON.stringify([objectKey, type, reason]);
    const now = this.#clock.now();
    let similar = this.#similar.get(aggregateKey);
    if (similar === undefined || now - similar.lastAt > SIMILAR_WINDOW_MS) {
      similar = { messages: new Set(), lastAt: now };
    }
    similar.lastAt = now;
    similar.messages.add(message);
    remember(this.#similar, aggregateKey, similar);
    if (similar.messages.size < SIMILAR_MAX) {
      return { key: JSON.stringify([objectKey, type, reason, message]), message };
    }
    // The set has done its work at this size; it must not grow with every new message.
    similar.messages.delete(similar.messages.values().next().value ?? '');
    return { key: aggregateKey, message: `(combined from similar events): ${message}` };
  }

  #allow(objectKey: string): boolean {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(objectKey) ?? { tokens: BURST, filledAt: now };
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.filledAt) / REFILL_MS);
    bucket.filledAt = now;
    remember(this.#buckets, objectKey, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Sets an entry as the newest one and forgets the oldest beyond the limit. */
function remember<V>(entries: Map<string, V>, key: string, value: V): void {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size > ENTRIES_MAX) entries.delete(entries.keys().next().value ?? '');
}
