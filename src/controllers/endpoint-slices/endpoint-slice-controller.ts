import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../generated/types.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { PodIndex } from '../service-endpoints/pod-index.ts';
import { hasEndpoints, ServiceIndex } from '../service-endpoints/service-index.ts';
import { applySlices } from './apply-slices.ts';
import { MANAGER, planSlices } from './plan-slices.ts';
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
    this.#slices = new SliceTracker(endpointSlices, MANAGER, concerned);
    new ServiceIndex(services, pods, concerned);
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const { client, services, nodes } = this.#options;
    if (this.#slices === undefined || this.#pods === undefined) return;
    const service = services.get(key);
    const present = this.#slices.of(key);
    if (service === undefined) {
      const actions = present.map((slice) => ({ type: 'delete' as const, slice }));
      await applySlices(client, this.#slices, actions);
      return;
    }
    if (!hasEndpoints(service)) return;
    const { namespace = '' } = service.metadata;
    const pods = this.#pods.select(namespace, service.spec.selector ?? {});
    const node = (name: string) => nodes.get(name);
    await applySlices(client, this.#slices, planSlices({ service, pods, node, present }));
  }
}
