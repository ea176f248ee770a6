import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import { endpointSlices as sliceResource } from '../../client/resources.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { PodIndex } from '../service-endpoints/pod-index.ts';
import { hasEndpoints, ServiceIndex } from '../service-endpoints/service-index.ts';
import { planSlices, type SliceAction } from './plan-slices.ts';
import { SliceTracker } from './slice-tracker.ts';

/** Services worked on at once, as upstream. */
const WORKERS_MAX = 5;

export interface EndpointSliceControllerOptions extends ControllerOptions {
  readonly services: Informer<Service>;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly endpointSlices: Informer<EndpointSlice>;
}

/** Keeps the EndpointSlices of every Service with a selector. */
export class EndpointSliceController implements Controller {
  readonly #options: EndpointSliceControllerOptions;
  readonly #queue: WorkQueue;
  #pods: PodIndex | undefined;
  #slices: SliceTracker | undefined;

  constructor(options: EndpointSliceControllerOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'endpointslice' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { services, pods, nodes, endpointSlices } = this.#options;
    const informers = [services, pods, nodes, endpointSlices];
    await Promise.all(informers.map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    const concerned = (key: string) => this.#queue.add(key);
    this.#pods = new PodIndex(pods);
    this.#slices = new SliceTracker(endpointSlices, concerned);
    new ServiceIndex(services, pods, concerned);
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const { services, nodes } = this.#options;
    const service = services.get(key);
    const present = this.#slices?.of(key) ?? [];
    if (service === undefined) {
      for (const slice of present) await this.#apply({ type: 'delete', slice });
      return;
    }
    if (!hasEndpoints(service) || this.#pods === undefined) return;
    const { namespace = '' } = service.metadata;
    const pods = this.#pods.select(namespace, service.spec.selector ?? {});
    const node = (name: string) => nodes.get(name);
    for (const action of planSlices({ service, pods, node, present })) await this.#apply(action);
  }

  async #apply({ type, slice }: SliceAction): Promise<void> {
    const { client } = this.#options;
    try {
      if (type === 'create') this.#slices?.set(await client.create(sliceResource, slice));
      else if (type === 'update') this.#slices?.set(await client.update(sliceResource, slice));
      else {
        const { name = '', namespace = '', uid } = slice.metadata;
        await client.delete(sliceResource, name, namespace, { uid });
        this.#slices?.delete(slice);
      }
    } catch (error) {
      if (isReason(error, 'NotFound')) this.#slices?.delete(slice);
      // Forbidden: the namespace ends.
      else if (!isReason(error, 'Forbidden')) throw error;
    }
  }
}
