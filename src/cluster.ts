import type { Handler, UserInfo } from './apiserver/handler.ts';
import type { Client } from './client/client.ts';
import { EventRecorder } from './client/event-recorder.ts';
import { Informer } from './client/informer.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from './client/resources.ts';
import { ControlPlane, type ControlPlaneConfig, type ControlPlaneEdges } from './control-plane.ts';
import { LocalPathProvisioner } from './controllers/local-path/local-path-provisioner.ts';
import { LOCAL_PATH } from './controllers/local-path/plan-local-path.ts';
import type { VolumeFolders } from './controllers/local-path/volume-folders.ts';
import type { NodeEdges } from './kubelet/edges.ts';
import type { EvictionOptions } from './kubelet/eviction/eviction-options.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { Runtime } from './kubelet/runtime.ts';
import { ApiError } from './objects/api-error.ts';

const PROVISIONER_USER = 'system:serviceaccount:kube-system:local-path-provisioner';

/** Everything of the world that a cluster touches: real ones from host/, or simulated from sim/. */
export interface ClusterEdges extends ControlPlaneEdges {
  readonly runtime: Runtime;
  readonly node: NodeEdges;
  /** Where the node keeps the volumes that it makes for claims. */
  readonly volumeFolders: VolumeFolders;
}

export interface ClusterConfig extends ControlPlaneConfig {
  readonly nodeName: string;
  /** Addresses of the node's pods. */
  readonly podCidr: string;
  /** When the node evicts pods; as upstream by default where absent. */
  readonly eviction?: EvictionOptions;
}

/** A control plane and one node in one process: the node too is but a client of the API. */
export class Cluster {
  readonly #controlPlane: ControlPlane;
  readonly #kubelet: Kubelet;
  readonly #edges: ClusterEdges;
  readonly #nodeName: string;

  constructor(edges: ClusterEdges, config: ClusterConfig) {
    this.#controlPlane = new ControlPlane(edges, config);
    const { nodeName: name, podCidr, eviction } = config;
    this.#edges = edges;
    this.#nodeName = name;
    this.#kubelet = new Kubelet({
      client: this.#controlPlane.clientOf(`system:node:${name}`, 'system:nodes'),
      clock: edges.clock,
      prng: edges.prng,
      log: edges.log.with({ component: 'kubelet' }),
      runtime: edges.runtime,
      edges: edges.node,
      tracer: edges.tracer,
      node: { name, podCidr, labels: {}, clusterDns: [], clusterDomain: 'cluster.local' },
      options: { eviction },
    });
    this.#controlPlane.server.setNodeProxy((node, request) => {
      if (node === name) return this.#kubelet.answer(request);
      throw new ApiError('ServiceUnavailable', `node ${node} cannot be reached from here`);
    });
    this.#controlPlane.server.setComputed(async ({ plural }) => this.#kubelet.metrics(plural));
  }

  /** What serves the API, from the start. */
  get handler(): Handler {
    return this.#controlPlane.handler;
  }

  /** Whose bearer token this is; null when it is nobody's. */
  authenticate(token: string): Promise<UserInfo | null> {
    return this.#controlPlane.server.authenticate(token);
  }

  /** The API as the component `user` sees it. */
  clientOf(user: string, ...groups: string[]): Client {
    return this.#controlPlane.clientOf(user, ...groups);
  }

  /** Resolves when the API holds what every cluster has. */
  start(signal: AbortSignal): Promise<void> {
    return this.#controlPlane.start(signal);
  }

  /** Schedules and controls until `signal` aborts; resolves when all of it has ended. */
  runControlPlane(signal: AbortSignal): Promise<void> {
    return this.#controlPlane.run(signal);
  }

  /** Runs the node until `signal` aborts. Its containers go on after. */
  async runNode(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#kubelet.run(signal), this.#provisionVolumes(signal)]);
  }

  async #provisionVolumes(signal: AbortSignal): Promise<void> {
    const { clock, volumeFolders: folders } = this.#edges;
    const log = this.#edges.log.with({ component: 'local-path' });
    const client = this.#controlPlane.clientOf(PROVISIONER_USER);
    const informers = {
      persistentVolumes: new Informer(client, clock, log, persistentVolumes),
      persistentVolumeClaims: new Informer(client, clock, log, persistentVolumeClaims),
      storageClasses: new Informer(client, clock, log, storageClasses),
    };
    const recorder = new EventRecorder(client, clock, log, { component: LOCAL_PATH });
    const nodeName = this.#nodeName;
    const shared = { client, clock, log, recorder, folders, nodeName };
    await Promise.all([
      new LocalPathProvisioner({ ...shared, ...informers }).start(signal),
      ...Object.values(informers).map((informer) => informer.run(signal)),
    ]);
  }
}
