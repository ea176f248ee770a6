import type { EncodedObject, WatchBody, WatchFrame } from '../apiserver/handler.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { Slices } from '../base/slices.ts';
import { ApiError, isReason } from '../objects/api-error.ts';
import type { ObjectMeta } from '../objects/meta.ts';
import { objectKey } from '../objects/meta.ts';
import type { Client, ListOptions } from './client.ts';
import type { Resource } from './resources.ts';

/** Frames taken from a watch at a time. */
const FRAMES_MAX = 256;
/** A failed list or watch is tried again after 50 ms, 100 ms, ... up to this. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 30_000;

export interface InformerHandlers<T> {
  added?(object: T): void;
  updated?(object: T, old: T): void;
  deleted?(object: T): void;
}

export type InformerOptions = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/**
 * Keeps a local copy of a resource by list and watch, as client-go's shared informer. Handlers run
 * synchronously in the order of revisions; objects are frozen. Lost history or a broken connection
 * leads to a new list whose differences reach the handlers as ordinary changes. What is much is
 * taken in slice by slice, so that others run between.
 *
 * Bounded by the live objects that match its options.
 */
export class Informer<T extends { metadata?: ObjectMeta }> {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #resource: Resource<T>;
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, T>();
  readonly #handlers: InformerHandlers<T>[] = [];
  readonly #whenSynced: Promise<void>;
  #resolveSynced: () => void = () => {};
  #synced = false;

  constructor(
    client: Client,
    clock: Clock,
    log: Log,
    resource: Resource<T>,
    options: InformerOptions = {},
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log.with({ informer: resource.plural });
    this.#resource = resource;
    this.#options = options;
    this.#whenSynced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  /** Registers handlers; objects already known are reported as added at once. */
  subscribe(handlers: InformerHandlers<T>): void {
    this.#handlers.push(handlers);
    for (const object of this.#objects.values()) handlers.added?.(object);
  }

  /** The object with this key (`namespace/name` or `name`), or undefined. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Every object known, in no particular order. */
  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  get synced(): boolean {
    return this.#synced;
  }

  /** Resolves when the first list has been taken in, or `run` has ended before that. */
  whenSynced(): Promise<void> {
    return this.#whenSynced;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#listAndWatch(signal);
    } finally {
      // Whoever still waits would do so for ever.
      this.#resolveSynced();
    }
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const list = await this.#client.listEncoded(this.#resource, this.#options);
        await this.#replace(list.items, signal);
        if (signal.aborted) return;
        const { resourceVersion } = list;
        failures = 0;
        await this.#follow(resourceVersion, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isReason(error, 'Expired', 'Gone')) continue;
        const delayMs = Math.min(RETRY_MS_MIN * 2 ** Math.min(failures++, 20), RETRY_MS_MAX);
        this.#log.warn('list or watch failed, will be tried again', {
          delayMs,
          error: String(error),
        });
        await sleep(this.#clock, delayMs, signal);
      }
    }
  }

  async #replace(items: readonly EncodedObject[], signal: AbortSignal): Promise<void> {
    const slices = new Slices(this.#clock);
    const gone = new Set(this.#objects.keys());
    for (const item of items) {
      if (signal.aborted) return;
      const object = item.object as T;
      gone.delete(keyOf(object));
      this.#set(object);
      if (slices.isOver) await slices.pause();
    }
    for (const key of gone) {
      if (signal.aborted) return;
      this.#remove(key, undefined);
      if (slices.isOver) await slices.pause();
    }
    if (signal.aborted) return;
    this.#synced = true;
    this.#resolveSynced();
  }

  /** Follows watch after watch from `resourceVersion` until one breaks. */
  async #follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    let version = resourceVersion;
    while (!signal.aborted) {
      const options = { ...this.#options, resourceVersion: version };
      const watch = await this.#client.watch(this.#resource, options, signal);
      try {
        version = await this.#drain(watch, version, signal);
      } finally {
        watch.close();
      }
    }
  }

  async #drain(watch: WatchBody, from: string, signal: AbortSignal): Promise<string> {
    const slices = new Slices(this.#clock);
    let version = from;
    while (!signal.aborted) {
      const frames = watch.take(FRAMES_MAX);
      for (const frame of frames) {
        if (signal.aborted) return version;
        if (frame.type === 'ERROR') throw frameError(frame);
        version = this.#take(frame);
        if (slices.isOver) await slices.pause();
      }
      if (frames.length > 0) continue;
      if (watch.ended) return version;
      await ready(watch, signal);
      slices.restart();
    }
    return version;
  }

  #take(frame: WatchFrame): string {
    const object = frame.object as T;
    if (frame.type === 'DELETED') this.#remove(keyOf(object), object);
    else if (frame.type !== 'BOOKMARK') this.#set(object);
    return object.metadata?.resourceVersion ?? '';
  }

  #set(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old?.metadata?.resourceVersion === object.metadata?.resourceVersion && old) return;
    this.#objects.set(key, object);
    for (const handlers of this.#handlers) {
      if (old === undefined) handlers.added?.(object);
      else if (old.metadata?.uid === object.metadata?.uid) handlers.updated?.(object, old);
      else {
        handlers.deleted?.(old);
        handlers.added?.(object);
      }
    }
  }

  #remove(key: string, last: T | undefined): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#objects.delete(key);
    for (const handlers of this.#handlers) handlers.deleted?.(last ?? old);
  }
}

function keyOf(object: { metadata?: ObjectMeta }): string {
  return objectKey({ metadata: object.metadata ?? {} });
}

function frameError(frame: WatchFrame): Error {
  const { reason, message } = frame.object as { reason?: string; message?: string };
  return reason === 'Expired' || reason === 'Gone'
    ? new ApiError(reason, message ?? reason)
    : new Error(message ?? 'the watch failed');
}

function ready(watch: WatchBody, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      watch.onReady = null;
      signal.removeEventListener('abort', wake);
      resolve();
    };
    watch.onReady = wake;
    signal.addEventListener('abort', wake, { once: true });
    if (signal.aborted) wake();
  });
}
