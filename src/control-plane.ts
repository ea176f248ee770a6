import { DEFAULT_SERVICE_RANGES } from './apiserver/admission/service-allocation.ts';
import { type ApiServer, createApiServer } from './apiserver/api-server.ts';
import { signSecretToken } from './apiserver/authentication/secret-tokens.ts';
import { bootstrap } from './apiserver/bootstrap.ts';
import type { Handler } from './apiserver/handler.ts';
import type { RenderMetrics } from './apiserver/server-metrics.ts';
import type { TokenKeys } from './apiserver/token-keys.ts';
import { tracedHandler } from './apiserver/traced-handler.ts';
import type { Clock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Prng } from './base/prng.ts';
import { NO_TRACER, type Tracer } from './base/tracer.ts';
import { Client } from './client/client.ts';
import { EventRecorder } from './client/event-recorder.ts';
import { Informer } from './client/informer.ts';
import {
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type Resource,
  storageClasses,
} from './client/resources.ts';
import { runControllers } from './controller-manager.ts';
import { isStored } from './objects/kind.ts';
import { kinds } from './objects/kinds.ts';
import type { KubeObject } from './objects/meta.ts';
import { Scheduler } from './scheduler/scheduler.ts';
import { startCompactor } from './storage/compactor.ts';
import type { Store } from './storage/store.ts';
import type { Stored } from './storage/stored.ts';
import { tracedStore } from './storage/traced-store.ts';
import { versionInfo } from './version.ts';

/** As upstream's default: what tokens name as their issuer, and as the API's audience. */
const TOKEN_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Everything of the world that a control plane touches. */
export interface ControlPlaneEdges {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Log;
  readonly store: Store<Stored>;
  /** Signs service account tokens. */
  readonly tokenKeys: TokenKeys;
  /** Answers /metrics; without it there is none. */
  readonly metrics?: RenderMetrics;
  /** Records what happens when; without it nothing does. */
  readonly tracer?: Tracer;
}

export interface ControlPlaneConfig {
  /** Where the API is reached from other machines and from pods. */
  readonly advertise: { readonly address: string; readonly port: number };
  readonly serviceCidr: string;
  /** The first address of the service range: the Service `kubernetes`. */
  readonly apiServiceIp: string;
  /** The cluster's certificate authority, PEM. */
  readonly rootCa: string;
  /** What /version says of the machine, such as linux/amd64. */
  readonly platform: string;
}

/** API server, scheduler and controllers, put together. They meet only through the API. */
export class ControlPlane {
  readonly server: ApiServer;
  /** Answers everybody: clients on the network and the parts of this process. */
  readonly handler: Handler;
  readonly #edges: ControlPlaneEdges;
  readonly #config: ControlPlaneConfig;

  constructor(edges: ControlPlaneEdges, config: ControlPlaneConfig) {
    this.#edges = edges;
    this.#config = config;
    const { clock, prng, log, metrics, tokenKeys, tracer = NO_TRACER } = edges;
    const { address, port } = config.advertise;
    this.server = createApiServer({
      store: tracedStore(edges.store, tracer),
      clock,
      prng,
      log: log.with({ component: 'apiserver' }),
      kinds,
      metrics,
      tokens: {
        keys: tokenKeys,
        issuer: TOKEN_ISSUER,
        jwksUri: `https://${address}:${port}/openid/v1/jwks`,
      },
      serverAddress: `${address}:${port}`,
      serviceRanges: { ...DEFAULT_SERVICE_RANGES, serviceCidr: config.serviceCidr },
      version: versionInfo(config.platform),
    });
    this.handler = tracedHandler(this.server.handler, tracer);
  }

  /** The API as the component `user` sees it. */
  clientOf(user: string, ...groups: string[]): Client {
    return new Client(this.handler, { name: user, groups: [...groups, 'system:authenticated'] });
  }

  /** Makes what every cluster has. Resolves when the API has all that its users count on. */
  async start(signal: AbortSignal): Promise<void> {
    const { advertise, apiServiceIp: clusterIp } = this.#config;
    await this.server.start(signal);
    await bootstrap(this.handler, { clusterIp, advertise }, signal);
  }

  /** Schedules and controls until `signal` aborts; resolves when all of it has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, store, tokenKeys } = this.#edges;
    startCompactor(store, clock, log, signal);
    const controllers = runControllers(
      {
        client: this.clientOf('system:kube-controller-manager'),
        clock,
        log,
        rootCa: this.#config.rootCa,
        signSecretToken: (account, secretName) => signSecretToken(tokenKeys, account, secretName),
        resources: () => this.#resources(),
      },
      signal,
    );
    await Promise.all([controllers, this.#schedule(signal)]);
  }

  async #schedule(signal: AbortSignal): Promise<void> {
    const { clock, prng, tracer } = this.#edges;
    const log = this.#edges.log.with({ component: 'scheduler' });
    const client = this.clientOf('system:kube-scheduler');
    const recorder = new EventRecorder(client, clock, log, { component: 'default-scheduler' });
    const informers = {
      pods: new Informer(client, clock, log, pods),
      nodes: new Informer(client, clock, log, nodes),
      namespaces: new Informer(client, clock, log, namespaces),
      persistentVolumes: new Informer(client, clock, log, persistentVolumes),
      persistentVolumeClaims: new Informer(client, clock, log, persistentVolumeClaims),
      storageClasses: new Informer(client, clock, log, storageClasses),
    };
    const scheduler = new Scheduler({ client, clock, prng, log, recorder, tracer, ...informers });
    await Promise.all([
      scheduler.start(signal),
      ...Object.values(informers).map((informer) => informer.run(signal)),
    ]);
  }

  #resources(): Resource<KubeObject>[] {
    return this.server.kinds
      .all()
      .map(({ kind }) => kind)
      .filter(isStored)
      .map(({ group, version, kind, plural, namespaced }) => {
        return { group, version, kind, plural, namespaced };
      });
  }
}
