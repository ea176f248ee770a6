import { type ApiServer, createApiServer } from './apiserver/api-server.ts';
import { UnionAuthorizer } from './apiserver/authorization/authorizer.ts';
import { BOOTSTRAP_GRANTS } from './apiserver/authorization/bootstrap-grants.ts';
import { NodeAuthorizer } from './apiserver/authorization/node-authorizer.ts';
import { RulesAuthorizer } from './apiserver/authorization/rules-authorizer.ts';
import type { Handler } from './apiserver/handler.ts';
import type { ParseYaml } from './apiserver/request-body.ts';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Prng } from './base/prng.ts';
import { Client } from './client/client.ts';
import { EventRecorder } from './client/event-recorder.ts';
import { Informer } from './client/informer.ts';
import { nodes, pods } from './client/resources.ts';
import type { Node, Pod } from './generated/types.ts';
import { podReferences } from './objects/core/pod/references.ts';
import { kinds } from './objects/kinds.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { startCompactor } from './storage/compactor.ts';
import type { Store } from './storage/store.ts';
import type { Stored } from './storage/stored.ts';
import { versionInfo } from './version.ts';

/** Everything of the world that a control plane touches. */
export interface ControlPlaneEdges {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Log;
  readonly store: Store<Stored>;
  readonly parseYaml: ParseYaml;
  readonly metrics?: () => Promise<string>;
}

export interface ControlPlaneConfig {
  /** `HOST:PORT` at which clients reach the API. */
  readonly serverAddress: string;
  readonly serviceCidr: string;
  /** What /version says of the machine, such as linux/amd64. */
  readonly platform: string;
}

/** API server, scheduler and controllers, put together. They meet only through the API. */
export class ControlPlane {
  readonly server: ApiServer;
  readonly #edges: ControlPlaneEdges;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;

  constructor(edges: ControlPlaneEdges, config: ControlPlaneConfig) {
    this.#edges = edges;
    const { clock, prng, log, store, parseYaml, metrics } = edges;
    this.server = createApiServer({
      store,
      clock,
      prng,
      log: log.with({ component: 'apiserver' }),
      kinds,
      parseYaml,
      metrics,
      serverAddress: config.serverAddress,
      version: versionInfo(config.platform),
      authorizer: new UnionAuthorizer([
        new RulesAuthorizer(BOOTSTRAP_GRANTS),
        new NodeAuthorizer((node, resource, namespace, name) =>
          this.#podOnNode(node, namespace, (pod) => podReferences(pod, resource, name)),
        ),
      ]),
    });
    const own = this.clientOf('system:apiserver', 'system:masters');
    this.#pods = new Informer(own, clock, log, pods);
    this.#nodes = new Informer(own, clock, log, nodes);
  }

  get handler(): Handler {
    return this.server.handler;
  }

  /** The API as the component `user` sees it. */
  clientOf(user: string, ...groups: string[]): Client {
    return new Client(this.handler, { name: user, groups: [...groups, 'system:authenticated'] });
  }

  /** Runs until `signal` aborts; resolves when all its parts have ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, store } = this.#edges;
    startCompactor(store, clock, log, signal);
    const parts = [this.#pods.run(signal), this.#nodes.run(signal), this.#schedule(signal)];
    await Promise.all(parts);
  }

  #schedule(signal: AbortSignal): Promise<void> {
    const { clock, prng, log } = this.#edges;
    const client = this.clientOf('system:kube-scheduler');
    const source = { component: 'default-scheduler' };
    return new Scheduler({
      client,
      clock,
      prng,
      log: log.with({ component: 'scheduler' }),
      recorder: new EventRecorder(client, clock, log, source),
      pods: this.#pods,
      nodes: this.#nodes,
    }).start(signal);
  }

  #podOnNode(node: string, namespace: string, matches: (pod: Pod) => boolean): boolean {
    for (const pod of this.#pods.list()) {
      const isThere = pod.spec?.nodeName === node && pod.metadata?.namespace === namespace;
      if (isThere && matches(pod)) return true;
    }
    return false;
  }
}
