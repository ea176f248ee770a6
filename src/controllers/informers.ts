import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { Informer, type InformerOptions } from '../client/informer.ts';
import {
  configMaps,
  endpointSlices,
  endpoints,
  leases,
  namespaces,
  nodes,
  pods,
  type Resource,
  serviceAccounts,
  services,
} from '../client/resources.ts';
import type {
  ConfigMap,
  EndpointSlice,
  Endpoints,
  Lease,
  Namespace,
  Node,
  Pod,
  Service,
  ServiceAccount,
} from '../generated/types.ts';
import type { ObjectMeta } from '../objects/meta.ts';
import { fanOut } from './fan-out.ts';
import { ROOT_CA_NAME } from './root-ca/root-ca-publisher.ts';

/** One local copy of each resource for all controllers (and the scheduler) of a process. */
export interface Informers {
  readonly namespaces: Informer<Namespace>;
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  readonly services: Informer<Service>;
  readonly endpoints: Informer<Endpoints>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly serviceAccounts: Informer<ServiceAccount>;
  /** Those that publish the cluster's certificate authority. */
  readonly configMaps: Informer<ConfigMap>;
  /** Those of kubelets. */
  readonly leases: Informer<Lease>;
  /** Runs them all until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes the informers; nothing is asked of the API before `run`. */
export function makeInformers(client: Client, clock: Clock, log: Log): Informers {
  const running: { run(signal: AbortSignal): Promise<void> }[] = [];
  function make<T extends { metadata?: ObjectMeta }>(
    resource: Resource<T>,
    options: InformerOptions = {},
  ): Informer<T> {
    const informer = new Informer(client, clock, log, resource, options);
    running.push(informer);
    return informer;
  }
  return {
    namespaces: make(namespaces),
    nodes: make(nodes),
    pods: make(pods),
    services: make(services),
    endpoints: make(endpoints),
    endpointSlices: make(endpointSlices),
    serviceAccounts: make(serviceAccounts),
    configMaps: make(configMaps, { fieldSelector: `metadata.name=${ROOT_CA_NAME}` }),
    leases: make(leases, { namespace: 'kube-node-lease' }),
    async run(signal) {
      await Promise.all(fanOut(signal, running).map(([informer, own]) => informer.run(own)));
    },
  };
}
