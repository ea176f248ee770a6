import { type Clock, formatTime } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { CoreV1Event } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';
import type { ObjectMeta } from '../objects/meta.ts';
import type { Client } from './client.ts';
import { EventCorrelator } from './event-correlator.ts';
import { events } from './resources.ts';

/** Occurrences that wait to be written; beyond this new ones are dropped, as client-go does. */
const BACKLOG_MAX = 1_000;
/** Names tried for one event. */
const NAMES_MAX = 8;

/** What an event is about: enough of any object. */
export interface EventTarget {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export interface EventSource {
  /** Such as `kubelet`. */
  readonly component: string;
  /** The node, for components that run on one. */
  readonly host?: string;
}

interface Pending {
  readonly target: EventTarget;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly fieldPath: string | undefined;
  readonly at: number;
}

/**
 * Writes events about objects, aggregated, counted and rate-limited as client-go's recorder does.
 * Recording never fails and never waits; what cannot be written is logged and dropped.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #source: EventSource;
  readonly #correlator: EventCorrelator;
  readonly #backlog: Pending[] = [];
  #writing = false;
  #lastNameNs = 0n;

  constructor(client: Client, clock: Clock, log: Log, source: EventSource) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#source = source;
    this.#correlator = new EventCorrelator(clock);
  }

  /** @param fieldPath the part of the object meant, such as `spec.containers{web}` */
  record(
    target: EventTarget,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    if (this.#backlog.length >= BACKLOG_MAX) {
      this.#log.warn('event dropped: too many wait', { reason, message });
      return;
    }
    this.#backlog.push({ target, type, reason, message, fieldPath, at: this.#clock.now() });
    if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let next = this.#backlog.shift(); next !== undefined; next = this.#backlog.shift()) {
      try {
        await this.#write(next);
      } catch (error) {
        this.#log.warn('event not written', { reason: next.reason, error: String(error) });
      }
    }
    this.#writing = false;
  }

  async #write(pending: Pending): Promise<void> {
    const { target, type, reason, message, fieldPath = '' } = pending;
    const { namespace, name, uid } = target.metadata ?? {};
    const { component, host = '' } = this.#source;
    const parts = [component, host, target.kind, namespace, name, uid, fieldPath];
    const objectKey = JSON.stringify(parts);
    const correlation = this.#correlator.correlate({ objectKey, type, reason, message });
    if (correlation.type === 'drop') return;
    if (correlation.type === 'count' && (await this.#count(pending, correlation))) return;
    const eventName = await this.#create(pending, correlation.message);
    this.#correlator.created(correlation.key, eventName);
  }

  /** Creates the event and answers its name. */
  async #create(pending: Pending, message: string): Promise<string> {
    for (let tries = 1; ; tries++) {
      const event = this.#newEvent(pending, message);
      try {
        await this.#client.create(events, event);
        return event.metadata?.name ?? '';
      } catch (error) {
        // Another component told something of the same object in the same millisecond.
        if (tries === NAMES_MAX || !isReason(error, 'AlreadyExists')) throw error;
      }
    }
  }

  /** Raises the count of an event; false when that event has expired. */
  async #count(
    pending: Pending,
    correlation: { key: string; name: string; count: number; message: string },
  ): Promise<boolean> {
    const { name, count, message } = correlation;
    const namespace = pending.target.metadata?.namespace ?? 'default';
    const lastTimestamp = formatTime(pending.at);
    try {
      await this.#client.patch(events, { name, namespace }, 'strategic', {
        count,
        lastTimestamp,
        message,
      });
      return true;
    } catch (error) {
      if (!isReason(error, 'NotFound')) throw error;
      this.#correlator.forget(correlation.key);
      return false;
    }
  }

  #newEvent(pending: Pending, message: string): CoreV1Event {
    const { target, type, reason, fieldPath, at } = pending;
    const { namespace, name, uid, resourceVersion } = target.metadata ?? {};
    const timestamp = formatTime(at);
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: this.#nextName(name ?? '', at), namespace: namespace ?? 'default' },
      involvedObject: {
        apiVersion: target.apiVersion,
        kind: target.kind,
        namespace,
        name,
        uid,
        resourceVersion,
        fieldPath,
      },
      reason,
      message,
      type,
      source: { ...this.#source },
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host ?? '',
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      count: 1,
    };
  }

  /** `object.<nanoseconds in hex>` as upstream; never the same twice from one recorder. */
  #nextName(name: string, at: number): string {
    const ns = BigInt(Math.floor(at)) * 1_000_000n;
    this.#lastNameNs = ns > this.#lastNameNs ? ns : this.#lastNameNs + 1n;
    return `${name}.${this.#lastNameNs.toString(16)}`;
  }
}
