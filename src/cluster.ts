import type { Handler, UserInfo } from './apiserver/handler.ts';
import type { Client } from './client/client.ts';
import { ControlPlane, type ControlPlaneConfig, type ControlPlaneEdges } from './control-plane.ts';
import type { NodeEdges } from './kubelet/edges.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { Runtime } from './kubelet/runtime.ts';
import { ApiError } from './objects/api-error.ts';

/** Everything of the world that a cluster touches: real ones from host/, or simulated from sim/. */
export interface ClusterEdges extends ControlPlaneEdges {
  readonly runtime: Runtime;
  readonly node: NodeEdges;
}

export interface ClusterConfig extends ControlPlaneConfig {
  readonly nodeName: string;
  /** Addresses of the node's pods. */
  readonly podCidr: string;
}

/** A control plane and one node in one process: the node too is but a client of the API. */
export class Cluster {
  readonly #controlPlane: ControlPlane;
  readonly #kubelet: Kubelet;

  constructor(edges: ClusterEdges, config: ClusterConfig) {
    this.#controlPlane = new ControlPlane(edges, config);
    const { nodeName: name, podCidr } = config;
    this.#kubelet = new Kubelet({
      client: this.#controlPlane.clientOf(`system:node:${name}`, 'system:nodes'),
      clock: edges.clock,
      prng: edges.prng,
      log: edges.log.with({ component: 'kubelet' }),
      runtime: edges.runtime,
      edges: edges.node,
      tracer: edges.tracer,
      node: { name, podCidr, labels: {}, clusterDns: [], clusterDomain: 'cluster.local' },
    });
    this.#controlPlane.server.setNodeProxy((node, request) => {
      if (node === name) return this.#kubelet.answer(request);
      throw new ApiError('ServiceUnavailable', `node ${node} cannot be reached from here`);
    });
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
  runNode(signal: AbortSignal): Promise<void> {
    return this.#kubelet.run(signal);
  }
}
