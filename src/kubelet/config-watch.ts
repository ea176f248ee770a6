import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { Informer } from '../client/informer.ts';
import { configMaps, type Resource, secrets } from '../client/resources.ts';
import type { ObjectMeta } from '../objects/meta.ts';

/** A ConfigMap or Secret that something on this node uses. */
export interface ConfigRef {
  readonly resource: 'configmaps' | 'secrets';
  readonly namespace: string;
  readonly name: string;
}

/** Told of each change with the object's new resourceVersion, or null when it is gone. */
export type ConfigListener = (version: string | null) => void;

interface ConfigObject {
  readonly metadata?: ObjectMeta;
  readonly immutable?: boolean;
}

const RESOURCES: Readonly<Record<ConfigRef['resource'], Resource<ConfigObject>>> = {
  configmaps: configMaps as Resource<ConfigObject>,
  secrets: secrets as Resource<ConfigObject>,
};

/**
 * Watches those ConfigMaps and Secrets that pods of this node use: one watch an object, for as long
 * as anybody listens. One that says it is immutable is not watched any further. Bounded by what the
 * pods on the node name.
 */
export class ConfigWatches {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #watches = new Map<string, ObjectWatch>();

  constructor(client: Client, clock: Clock, log: Log) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  /** How many objects have listeners. */
  get size(): number {
    return this.#watches.size;
  }

  /**
   * Tells `listener` of changes until the function that is answered is called. Whoever reads the
   * object after this call misses none.
   */
  listen(ref: ConfigRef, listener: ConfigListener): () => void {
    const key = refKey(ref);
    const watch = this.#watches.get(key) ?? new ObjectWatch(ref);
    this.#watches.set(key, watch);
    watch.listeners.add(listener);
    watch.run(this.#client, this.#clock, this.#log);
    return () => {
      if (!watch.listeners.delete(listener) || watch.listeners.size > 0) return;
      watch.stop();
      this.#watches.delete(key);
    };
  }
}

/** `secrets/default/db`. */
export function refKey({ resource, namespace, name }: ConfigRef): string {
  return `${resource}/${namespace}/${name}`;
}

/** The watch of one object. It pauses while the object is immutable. */
class ObjectWatch {
  readonly listeners = new Set<ConfigListener>();
  readonly #ref: ConfigRef;
  #running: AbortController | null = null;

  constructor(ref: ConfigRef) {
    this.#ref = ref;
  }

  run(client: Client, clock: Clock, log: Log): void {
    if (this.#running !== null) return;
    const controller = new AbortController();
    this.#running = controller;
    const { resource, namespace, name } = this.#ref;
    const options = { namespace, fieldSelector: `metadata.name=${name}` };
    const informer = new Informer(client, clock, log, RESOURCES[resource], options);
    const take = (object: ConfigObject) => {
      if (object.immutable) this.stop();
      this.#tell(object.metadata?.resourceVersion ?? '');
    };
    informer.subscribe({ added: take, updated: take, deleted: () => this.#tell(null) });
    void informer.run(controller.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  #tell(version: string | null): void {
    for (const listener of [...this.listeners]) listener(version);
  }
}
