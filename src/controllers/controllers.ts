import { EventRecorder } from '../client/event-recorder.ts';
import type { Resource } from '../client/resources.ts';
import { kinds } from '../objects/kinds.ts';
import type { KubeObject } from '../objects/meta.ts';
import type { Controller, ControllerOptions } from './controller.ts';
import { EndpointSliceController } from './endpoint-slices/endpoint-slice-controller.ts';
import { EndpointsController } from './endpoints/endpoints-controller.ts';
import { fanOut } from './fan-out.ts';
import type { Informers } from './informers.ts';
import { NamespaceController } from './namespace/namespace-controller.ts';
import { NodeLifecycleController } from './node-lifecycle/node-lifecycle-controller.ts';
import { PodGarbageCollector } from './pod-garbage/pod-garbage-collector.ts';
import { rootCaPublisher } from './root-ca/root-ca-publisher.ts';
import { serviceAccountController } from './service-account/service-account-controller.ts';

export interface ControllersOptions extends ControllerOptions {
  readonly informers: Informers;
  /** The cluster's certificate authority (PEM), published in every namespace. */
  readonly rootCa: string;
  /** What a namespace may hold; by default the built-in kinds. */
  readonly resources?: () => readonly Resource<KubeObject>[];
}

/** The namespaced built-in resources; one that is stored as another needs no care of its own. */
function builtInResources(): Resource<KubeObject>[] {
  return kinds
    .filter(({ namespaced, storedAs }) => namespaced && storedAs === undefined)
    .map(({ group, version, kind, plural, namespaced }) => ({
      group,
      version,
      kind,
      plural,
      namespaced,
    }));
}

/** All controllers of a cluster. */
export class Controllers implements Controller {
  readonly #controllers: readonly Controller[];

  constructor(options: ControllersOptions) {
    const { informers, rootCa, resources = builtInResources, client, clock, log } = options;
    const shared = { ...informers, client, clock, log };
    const recorder = new EventRecorder(client, clock, log, { component: 'node-controller' });
    this.#controllers = [
      new NamespaceController({ ...shared, resources }),
      serviceAccountController(shared),
      rootCaPublisher({ ...shared, rootCa }),
      new PodGarbageCollector(shared),
      new NodeLifecycleController({ ...shared, recorder }),
      new EndpointsController(shared),
      new EndpointSliceController(shared),
    ];
  }

  /** Runs them until `signal` aborts; the informers must be run beside. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all(
      fanOut(signal, this.#controllers).map(([controller, own]) => controller.start(own)),
    );
  }
}
