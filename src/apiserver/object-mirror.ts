import type { KubeObject } from '../objects/meta.ts';
import { CompactedError, type Store, type Watch } from '../storage/store.ts';
import type { Stored } from '../storage/stored.ts';
import type { Resource } from './kind-table.ts';

const EVENTS_PER_TAKE = 1_000;

/** What is kept of mirrored objects. Calls come in the order of the store's history. */
export interface MirrorIndex {
  /** Forgets everything: all objects come again. */
  clear(): void;
  /** `previous` is null for an object that was not there. */
  put(object: KubeObject, previous: KubeObject | null): void;
  delete(object: KubeObject): void;
}

/**
 * Keeps an index of all objects of a kind true to the store. It costs nothing between uses: the
 * store's history is read on from where it was left only when somebody wants to know.
 */
export class ObjectMirror {
  readonly #store: Store<Stored>;
  readonly #resource: Resource;
  readonly #index: MirrorIndex;
  #watch: Watch<Stored> | null = null;
  #loading: Promise<void> | null = null;

  constructor(store: Store<Stored>, resource: Resource, index: MirrorIndex) {
    this.#store = store;
    this.#resource = resource;
    this.#index = index;
  }

  /**
   * Brings the index up to date. Answers a promise only when everything must be read (again).
   *
   * @throws StoreError when the store is closed
   */
  sync(): Promise<void> | undefined {
    if (this.#watch === null) return this.#load();
    try {
      this.#drain(this.#watch);
      return undefined;
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#watch.close();
      this.#watch = null;
      return this.#load();
    }
  }

  /**
   * Does `work` with an index that is up to date: at once where it can be, else answers a promise.
   *
   * @throws what `work` throws, and as {@link sync}
   */
  whenSynced(work: () => void): Promise<void> | undefined {
    const pending = this.sync();
    if (pending !== undefined) return pending.then(work);
    work();
    return undefined;
  }

  /** Keeps nothing of the store alive after. */
  close(): void {
    this.#watch?.close();
    this.#watch = null;
  }

  #drain(watch: Watch<Stored>): void {
    for (;;) {
      const events = watch.take(EVENTS_PER_TAKE);
      if (events.length === 0) return;
      for (const { type, item, previous } of events) {
        const object = this.#resource.view(item.value);
        if (type === 'delete') this.#index.delete(object);
        else this.#index.put(object, previous && this.#resource.view(previous.value));
      }
    }
  }

  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    const { prefix } = this.#resource;
    const { items, revision } = await this.#store.range(prefix);
    this.#index.clear();
    for (const item of items) this.#index.put(this.#resource.view(item.value), null);
    this.#watch = this.#store.watch(prefix, revision);
    this.#drain(this.#watch);
  }
}
