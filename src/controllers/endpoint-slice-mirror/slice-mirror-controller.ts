import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import type { EndpointSlice, Endpoints, Service } from '../../generated/types.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { applySlices } from '../endpoint-slices/apply-slices.ts';
import { SliceTracker } from '../endpoint-slices/slice-tracker.ts';
import { MIRROR_MANAGER, planMirror } from './plan-mirror.ts';

/** Endpoints worked on at once, as upstream. */
const WORKERS_MAX = 5;

export interface SliceMirrorOptions extends ControllerOptions {
  readonly services: Informer<Service>;
  readonly endpoints: Informer<Endpoints>;
  readonly endpointSlices: Informer<EndpointSlice>;
}

/** Shows Endpoints that somebody keeps by hand as EndpointSlices too, which is all others read. */
export class SliceMirrorController implements Controller {
  readonly #options: SliceMirrorOptions;
  readonly #queue: WorkQueue;
  #slices: SliceTracker | undefined;

  constructor(options: SliceMirrorOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'endpointslice-mirroring' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { services, endpoints, endpointSlices } = this.#options;
    const informers = [services, endpoints, endpointSlices];
    await Promise.all(informers.map((informer) => informer.whenSynced()));
    if (signal.aborted) return;
    const enqueue = (object: Endpoints | Service) => this.#queue.add(objectKey(object));
    this.#slices = new SliceTracker(endpointSlices, MIRROR_MANAGER, (key) => this.#queue.add(key));
    services.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue });
    endpoints.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue });
    await aborted(signal);
    this.#queue.stop();
  }

  async #sync(key: string): Promise<void> {
    const { client, services, endpoints } = this.#options;
    if (this.#slices === undefined) return;
    const present = this.#slices.of(key);
    const actions = planMirror(endpoints.get(key), services.get(key), present);
    await applySlices(client, this.#slices, actions);
  }
}
