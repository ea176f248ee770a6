import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Client } from './client/client.ts';
import { EventRecorder } from './client/event-recorder.ts';
import { Informer } from './client/informer.ts';
import {
  configMaps,
  deployments,
  endpointSlices,
  endpoints,
  leases,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type Resource,
  replicaSets,
  secrets,
  serviceAccounts,
  services,
  storageClasses,
} from './client/resources.ts';
import type { Controller } from './controllers/controller.ts';
import { DeploymentController } from './controllers/deployment/deployment-controller.ts';
import { SliceMirrorController } from './controllers/endpoint-slice-mirror/slice-mirror-controller.ts';
import { EndpointSliceController } from './controllers/endpoint-slices/endpoint-slice-controller.ts';
import { EndpointsController } from './controllers/endpoints/endpoints-controller.ts';
import { EphemeralVolumes } from './controllers/ephemeral-volumes/ephemeral-volumes.ts';
import { GarbageCollector } from './controllers/garbage/garbage-collector.ts';
import { NamespaceController } from './controllers/namespace/namespace-controller.ts';
import { NodeLifecycleController } from './controllers/node-lifecycle/node-lifecycle-controller.ts';
import { VolumeProtection } from './controllers/persistent-volumes/protection.ts';
import { VolumeBinder } from './controllers/persistent-volumes/volume-binder.ts';
import { PodGarbageCollector } from './controllers/pod-garbage/pod-garbage-collector.ts';
import { ReplicaSetController } from './controllers/replica-set/replica-set-controller.ts';
import { ROOT_CA_NAME, rootCaPublisher } from './controllers/root-ca/root-ca-publisher.ts';
import { TOKEN_TYPE } from './controllers/secret-tokens/plan-secret-token.ts';
import {
  SecretTokenController,
  type SignSecretToken,
} from './controllers/secret-tokens/secret-token-controller.ts';
import { serviceAccountController } from './controllers/service-account/service-account-controller.ts';
import { TaintEvictor } from './controllers/taint-eviction/taint-evictor.ts';
import type { KubeObject } from './objects/meta.ts';

export interface ControllerManagerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** The cluster's certificate authority, PEM. */
  readonly rootCa: string;
  /** Makes the tokens that Secrets hold. */
  readonly signSecretToken: SignSecretToken;
  /** Every resource there is at the moment, each in one version. */
  readonly resources: () => readonly Resource<KubeObject>[];
}

/** Runs every controller on one set of informers until `signal` aborts. */
export async function runControllers(
  options: ControllerManagerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, log, rootCa, signSecretToken, resources } = options;
  const shared = { client, clock, log };
  const informerOf = <T extends object>(resource: Resource<T>, selection = {}) =>
    new Informer<T>(client, clock, log, resource, selection);
  const informers = {
    namespaces: informerOf(namespaces),
    nodes: informerOf(nodes),
    pods: informerOf(pods),
    deployments: informerOf(deployments),
    replicaSets: informerOf(replicaSets),
    services: informerOf(services),
    endpoints: informerOf(endpoints),
    endpointSlices: informerOf(endpointSlices),
    serviceAccounts: informerOf(serviceAccounts),
    tokenSecrets: informerOf(secrets, { fieldSelector: `type=${TOKEN_TYPE}` }),
    configMaps: informerOf(configMaps, { fieldSelector: `metadata.name=${ROOT_CA_NAME}` }),
    persistentVolumes: informerOf(persistentVolumes),
    persistentVolumeClaims: informerOf(persistentVolumeClaims),
    storageClasses: informerOf(storageClasses),
    leases: informerOf(leases, { namespace: 'kube-node-lease' }),
  };
  const recorderOf = (component: string) => new EventRecorder(client, clock, log, { component });
  const controllers: Controller[] = [
    serviceAccountController({ ...shared, ...informers }),
    new SecretTokenController({ ...shared, ...informers, rootCa, signSecretToken }),
    rootCaPublisher({ ...shared, ...informers, rootCa }),
    new NamespaceController({
      ...shared,
      ...informers,
      resources: () => resources().filter(({ namespaced }) => namespaced),
    }),
    new EndpointsController({ ...shared, ...informers }),
    new EndpointSliceController({ ...shared, ...informers }),
    new SliceMirrorController({ ...shared, ...informers }),
    new NodeLifecycleController({
      ...shared,
      ...informers,
      recorder: recorderOf('node-controller'),
    }),
    new TaintEvictor({
      ...shared,
      ...informers,
      recorder: recorderOf('taint-eviction-controller'),
    }),
    new PodGarbageCollector({ ...shared, ...informers }),
    new DeploymentController({
      ...shared,
      ...informers,
      recorder: recorderOf('deployment-controller'),
    }),
    new ReplicaSetController({
      ...shared,
      ...informers,
      recorder: recorderOf('replicaset-controller'),
    }),
    new VolumeBinder({
      ...shared,
      ...informers,
      recorder: recorderOf('persistentvolume-controller'),
    }),
    new VolumeProtection({ ...shared, ...informers }),
    new EphemeralVolumes({ ...shared, ...informers, recorder: recorderOf('ephemeral_volume') }),
    // Events own nothing and nothing owns them, and there are many.
    new GarbageCollector({
      ...shared,
      resources: resources().filter(({ plural }) => plural !== 'events'),
    }),
  ];
  await Promise.all([
    ...controllers.map((controller) => controller.start(signal)),
    ...Object.values(informers).map((informer) => informer.run(signal)),
  ]);
}
