import { EventLog } from './event-log.ts';
import { CompactedError, StoreError, type StoreEvent, type Watch } from './store.ts';

/** What the hub needs to know of the state whose watches it keeps. */
export interface WatchedHistory<V> {
  readonly revision: number;
  readonly compactedRevision: number;
  readonly history: EventLog<V>;
}

/** The events of one watched prefix, shared by all its watches. */
interface Channel<V> {
  readonly prefix: string;
  /** Complete for every revision greater than `since`. */
  since: number;
  readonly log: EventLog<V>;
  readonly watches: Set<Cursor<V>>;
}

/**
 * Hands each event to the prefixes that are watched, by looking up the event key's own prefixes:
 * an event that nobody watches costs a few map look-ups however many watches there are, and an
 * event that fifty watch is kept once for all of them.
 */
export class WatchHub<V> {
  readonly #state: WatchedHistory<V>;
  readonly #channels = new Map<string, Channel<V>>();
  /** How many channels have a prefix of this length that does not end in a slash. */
  readonly #oddLengths = new Map<number, number>();
  #created = 0;

  constructor(state: WatchedHistory<V>) {
    this.#state = state;
  }

  /** A watch of events after `afterRevision`, which the caller has checked to be there. */
  open(prefix: string, afterRevision: number): Watch<V> {
    const channel = this.#channels.get(prefix) ?? this.#openChannel(prefix);
    this.#extendBack(channel, afterRevision);
    const cursor = new Cursor(this.#created++, channel.log, this.#state, afterRevision, () => {
      channel.watches.delete(cursor);
      if (channel.watches.size === 0) this.#closeChannel(channel);
    });
    channel.watches.add(cursor);
    return cursor;
  }

  /** Takes in what was just published, then tells the watches it concerns, oldest first. */
  publish(events: readonly StoreEvent<V>[]): void {
    if (this.#channels.size === 0) return;
    const touched = new Set<Channel<V>>();
    for (const event of events) {
      this.#forEachChannel(event.item.key, (channel) => {
        channel.log.push(event);
        touched.add(channel);
      });
    }
    const ready: Cursor<V>[] = [];
    for (const channel of touched) ready.push(...channel.watches);
    if (touched.size > 1) ready.sort((a, b) => a.id - b.id);
    for (const cursor of ready) cursor.onReady?.();
  }

  /** Forgets what the state has forgotten. */
  compact(): void {
    for (const channel of this.#channels.values())
      channel.log.dropThrough(this.#state.compactedRevision);
  }

  /** Ends every watch: `take` throws from now on. */
  close(): void {
    for (const channel of [...this.#channels.values()])
      for (const cursor of [...channel.watches]) cursor.end(new StoreError('the store is closed'));
  }

  #openChannel(prefix: string): Channel<V> {
    const channel: Channel<V> = {
      prefix,
      since: this.#state.revision,
      log: new EventLog(),
      watches: new Set(),
    };
    this.#channels.set(prefix, channel);
    if (!prefix.endsWith('/')) {
      const { length } = prefix;
      this.#oddLengths.set(length, (this.#oddLengths.get(length) ?? 0) + 1);
    }
    return channel;
  }

  #closeChannel({ prefix }: Channel<V>): void {
    this.#channels.delete(prefix);
    if (prefix.endsWith('/')) return;
    const count = this.#oddLengths.get(prefix.length)! - 1;
    if (count === 0) this.#oddLengths.delete(prefix.length);
    else this.#oddLengths.set(prefix.length, count);
  }

  /** Most watches start at the newest revision, so a channel learns older events only on demand. */
  #extendBack(channel: Channel<V>, afterRevision: number): void {
    if (afterRevision >= channel.since) return;
    const { history } = this.#state;
    const older: StoreEvent<V>[] = [];
    const end = history.indexAfter(channel.since);
    for (let i = history.indexAfter(afterRevision); i < end; i++) {
      const event = history.at(i);
      if (event.item.key.startsWith(channel.prefix)) older.push(event);
    }
    channel.log.prepend(older);
    channel.since = afterRevision;
  }

  #forEachChannel(key: string, visit: (channel: Channel<V>) => void): void {
    for (let slash = key.indexOf('/'); slash !== -1; slash = key.indexOf('/', slash + 1)) {
      const channel = this.#channels.get(key.slice(0, slash + 1));
      if (channel !== undefined) visit(channel);
    }
    for (const length of this.#oddLengths.keys()) {
      if (length > key.length) continue;
      const channel = this.#channels.get(key.slice(0, length));
      // A slice that ends in a slash was found above.
      if (channel !== undefined && !channel.prefix.endsWith('/')) visit(channel);
    }
  }
}

class Cursor<V> implements Watch<V> {
  readonly id: number;
  onReady: (() => void) | null = null;
  readonly #log: EventLog<V>;
  readonly #state: WatchedHistory<V>;
  readonly #onClose: () => void;
  #next: number;
  #revision: number;
  #ended: 'no' | 'closed' | StoreError = 'no';

  constructor(
    id: number,
    log: EventLog<V>,
    state: WatchedHistory<V>,
    afterRevision: number,
    onClose: () => void,
  ) {
    this.id = id;
    this.#log = log;
    this.#state = state;
    this.#onClose = onClose;
    this.#next = log.indexAfter(afterRevision);
    this.#revision = afterRevision;
  }

  get revision(): number {
    if (this.#ended === 'no' && this.#next >= this.#log.start) {
      const isCaughtUp = this.#next === this.#log.end;
      const seen = isCaughtUp ? this.#state.revision : this.#log.at(this.#next).revision - 1;
      // Compaction may have taken the event that the last answer was reckoned from.
      this.#revision = Math.max(this.#revision, seen);
    }
    return this.#revision;
  }

  take(max: number): readonly StoreEvent<V>[] {
    if (this.#ended !== 'no') {
      if (this.#ended === 'closed') return [];
      throw this.#ended;
    }
    if (this.#next < this.#log.start) throw new CompactedError(this.#state.compactedRevision);
    const events: StoreEvent<V>[] = [];
    while (this.#next < this.#log.end) {
      const event = this.#log.at(this.#next);
      if (events.length >= max && events.at(-1)?.revision !== event.revision) break;
      events.push(event);
      this.#next++;
    }
    return events;
  }

  close(): void {
    this.end('closed');
  }

  end(how: 'closed' | StoreError): void {
    if (this.#ended !== 'no') return;
    this.#ended = how;
    this.onReady = null;
    this.#onClose();
  }
}
