import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import { endpoints as endpointsResource } from '../../client/resources.ts';
import type { Endpoints, Pod, Service } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { PodIndex } from '../service-endpoints/pod-index.ts';
import { hasEndpoints, ServiceIndex } from '../service-endpoints/service-index.ts';
import { planEndpoints } from './plan-endpoints.ts';

/** Services worked on at once, as upstream. */
const WORKERS_MAX = 5;

export interface EndpointsControllerOptions extends ControllerOptions {
  readonly services: Informer<Service>;
  readonly pods: Informer<Pod>;
  readonly endpoints: Informer<Endpoints>;
}

/** Keeps the Endpoints of every Service with a selector. */
export class EndpointsController implements Controller {
  readonly #options: EndpointsControllerOptions;
  readonly #queue: WorkQueue;
  #pods: PodIndex | undefined;

  constructor(options: EndpointsControllerOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'endpoints' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { services, pods, endpoints } = this.#options;
    await Promise.all([services, pods, endpoints].map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    this.#pods = new PodIndex(pods);
    new ServiceIndex(services, pods, (key) => this.#queue.add(key));
    const changed = (object: Endpoints) => this.#queue.add(objectKey(object));
    endpoints.subscribe({ updated: changed, deleted: changed });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const { client, services, endpoints } = this.#options;
    const service = services.get(key);
    const present = endpoints.get(key);
    if (service === undefined) {
      await this.#delete(present);
      return;
    }
    // Endpoints of a Service without selector are somebody else's.
    if (!hasEndpoints(service) || this.#pods === undefined) return;
    const { namespace = '' } = service.metadata;
    const selected = this.#pods.select(namespace, service.spec.selector ?? {});
    const wanted = planEndpoints(service, selected, present);
    if (wanted === null) return;
    try {
      if (present === undefined) await client.create(endpointsResource, wanted);
      else await client.update(endpointsResource, wanted);
    } catch (error) {
      // The namespace ends, or the Service went meanwhile.
      if (!isReason(error, 'Forbidden', 'NotFound')) throw error;
    }
  }

  async #delete(present: Endpoints | undefined): Promise<void> {
    const managed = 'endpoints.kubernetes.io/managed-by';
    if (present?.metadata.labels?.[managed] !== 'endpoint-controller') return;
    const { name = '', namespace = '', uid } = present.metadata;
    try {
      await this.#options.client.delete(endpointsResource, name, namespace, { uid });
    } catch (error) {
      if (!isReason(error, 'NotFound', 'Conflict')) throw error;
    }
  }
}
