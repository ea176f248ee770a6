import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import { namespaces, type Resource } from '../../client/resources.ts';
import type { Namespace, Pod } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import type { KubeObject } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { deleteContent } from './namespace-content.ts';
import { planConditions } from './plan-conditions.ts';

const FINALIZER = 'kubernetes';
/** Namespaces emptied at once, as upstream. */
const WORKERS_MAX = 10;

export interface NamespaceControllerOptions extends ControllerOptions {
  readonly namespaces: Informer<Namespace>;
  readonly pods: Informer<Pod>;
  /** Every namespaced resource that can be listed and deleted, asked anew each time. */
  readonly resources: () => readonly Resource<KubeObject>[];
}

/** Empties namespaces that are being deleted, then lets them go. */
export class NamespaceController implements Controller {
  readonly #options: NamespaceControllerOptions;
  readonly #queue: WorkQueue;

  constructor(options: NamespaceControllerOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'namespace' });
    this.#queue = new WorkQueue(options.clock, log, (name) => this.#sync(name), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const enqueue = ({ metadata }: Namespace) => {
      if (metadata.deletionTimestamp) this.#queue.add(metadata.name ?? '');
    };
    this.#options.namespaces.subscribe({ added: enqueue, updated: enqueue });
    // Most often the end of the last pod is what a namespace waits for.
    this.#options.pods.subscribe({
      deleted: ({ metadata }) => {
        const namespace = this.#options.namespaces.get(metadata.namespace ?? '');
        if (namespace !== undefined) enqueue(namespace);
      },
    });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(name: string): Promise<void> {
    const { client, clock, resources } = this.#options;
    let namespace: Namespace;
    try {
      namespace = await client.get(namespaces, name);
    } catch (error) {
      if (isReason(error, 'NotFound')) return;
      throw error;
    }
    const finalizers = namespace.spec.finalizers ?? [];
    if (!namespace.metadata.deletionTimestamp || !finalizers.includes(FINALIZER)) return;
    const result = await deleteContent(client, resources(), name);
    const present = namespace.status?.conditions ?? [];
    const conditions = planConditions(result, present, clock.now());
    if (conditions !== null) namespace = await this.#writeConditions(namespace, conditions);
    if (result.counts.size > 0 || result.failures.length > 0) {
      this.#queue.addAfter(name, (Math.floor(result.waitSeconds / 2) + 1) * 1000);
      return;
    }
    const rest = finalizers.filter((finalizer) => finalizer !== FINALIZER);
    const spec = { ...namespace.spec, finalizers: rest };
    await client.update(namespaces, { ...namespace, spec }, 'finalize');
  }

  #writeConditions(
    namespace: Namespace,
    conditions: NonNullable<Namespace['status']>['conditions'],
  ): Promise<Namespace> {
    const others = (namespace.status?.conditions ?? []).filter(
      ({ type }) => !conditions?.some((condition) => condition.type === type),
    );
    const status = { ...namespace.status, conditions: [...(conditions ?? []), ...others] };
    return this.#options.client.update(namespaces, { ...namespace, status }, 'status');
  }
}
