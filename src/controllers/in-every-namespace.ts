import { WorkQueue } from '../base/work-queue.ts';
import type { Informer } from '../client/informer.ts';
import type { Resource } from '../client/resources.ts';
import type { Namespace } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';
import type { ObjectMeta } from '../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from './controller.ts';

export interface InEveryNamespaceOptions<T extends { metadata: ObjectMeta }>
  extends ControllerOptions {
  readonly namespaces: Informer<Namespace>;
  readonly objects: Informer<T>;
  readonly resource: Resource<T>;
  readonly name: string;
  /** The object as it must be in a namespace, or null when `present` is good as it is. */
  readonly plan: (namespace: string, present: T | undefined) => T | null;
}

/** Sees to it that every active namespace has an object of a certain name. */
export class InEveryNamespace<T extends { metadata: ObjectMeta }> implements Controller {
  readonly #options: InEveryNamespaceOptions<T>;
  readonly #queue: WorkQueue;

  constructor(options: InEveryNamespaceOptions<T>) {
    this.#options = options;
    this.#queue = new WorkQueue(options.clock, options.log, (name) => this.#sync(name));
  }

  async start(signal: AbortSignal): Promise<void> {
    const { namespaces, objects, name } = this.#options;
    await Promise.all([namespaces.whenSynced(), objects.whenSynced()]);
    if (signal.aborted) return;
    const enqueue = ({ metadata }: Namespace) => this.#queue.add(metadata.name ?? '');
    const changed = ({ metadata }: T) => {
      if (metadata.name === name) this.#queue.add(metadata.namespace ?? '');
    };
    namespaces.subscribe({ added: enqueue, updated: enqueue });
    objects.subscribe({ updated: changed, deleted: changed });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(namespaceName: string): Promise<void> {
    const { namespaces, objects, resource, name, plan, client } = this.#options;
    const namespace = namespaces.get(namespaceName);
    if (namespace?.status?.phase !== 'Active' || namespace.metadata.deletionTimestamp) return;
    const present = objects.get(`${namespaceName}/${name}`);
    const wanted = plan(namespaceName, present);
    if (wanted === null) return;
    try {
      if (present === undefined) await client.create(resource, wanted);
      else await client.update(resource, wanted);
    } catch (error) {
      // Made by someone else, or the namespace ends: what follows is reported by the informers.
      if (!isReason(error, 'AlreadyExists', 'NotFound', 'Forbidden')) throw error;
    }
  }
}
