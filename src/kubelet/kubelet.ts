import { BackOff } from '../base/back-off.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Prng } from '../base/prng.ts';
import { NO_TRACER, type Tracer } from '../base/tracer.ts';
import type { Client } from '../client/client.ts';
import { EventRecorder } from '../client/event-recorder.ts';
import { Informer } from '../client/informer.ts';
import { nodes, pods, services } from '../client/resources.ts';
import type { Node, Pod, Service } from '../generated/types.ts';
import { ApiError } from '../objects/api-error.ts';
import { DEFAULT_RESTART_BACK_OFF } from '../objects/core/pod/restart-back-off.ts';
import type { KubeObject } from '../objects/meta.ts';
import { admitPod } from './admission.ts';
import { apiConfig } from './api-config.ts';
import { PodCgroups } from './cgroups/pod-cgroups.ts';
import { ConfigWatches } from './config-watch.ts';
import { parseResolvConf } from './dns-config.ts';
import type { NodeEdges } from './edges.ts';
import {
  type EvictionOptions,
  type EvictionThresholds,
  evictionThresholds,
} from './eviction/eviction-options.ts';
import type { PressureCondition } from './eviction/pressure.ts';
import { type Reserved, reservedBy } from './eviction/thresholds.ts';
import { ImagePuller } from './image-puller.ts';
import { rotateLogs } from './log-rotation.ts';
import type { NodeContext } from './node-context.ts';
import { type NodeAnswer, nodeEndpoint } from './node-endpoints.ts';
import { renewLease } from './node-lease.ts';
import { type NodeIdentity, nodeAllocatable, nodeLabels } from './node-object.ts';
import { NodeRegistrar } from './node-registrar.ts';
import { NodeResources } from './node-resources.ts';
import { type LogRequest, type LogResponse, type LogSource, podLogs } from './pod-logs.ts';
import { PodWorkers } from './pod-workers.ts';
import { defaultFeatures, type Runtime, type RuntimeVersion } from './runtime.ts';
import { RuntimeCache } from './runtime-cache.ts';
import { StartGate } from './start-gate.ts';
import { isMirrorPod, StaticPods } from './static-pods/static-pods.ts';
import {
  type ConnectRequest,
  type ConnectResponse,
  podConnection,
} from './streaming/pod-connection.ts';
import { UserNamespaces } from './user-namespaces.ts';

/** A full look at the runtime, as the safety net under its events. */
const RELIST_MS = 30_000;
const RUNTIME_EVENTS = { group: 'containerd', name: 'events' };
/** How often logs, and whether the node runs short, are looked at: upstream's intervals. */
const HOUSEKEEPING_MS = 10_000;
const IMAGE_GC_MS = 300_000;
const NO_PRESSURE: ReadonlySet<PressureCondition> = new Set();
const RUNTIME_RETRY_MS = 200;
const RESOLV_CONF_BYTES_MAX = 65_536;

export interface KubeletNode extends NodeIdentity {
  /** Addresses of the cluster's DNS; none leaves pods with the node's. */
  readonly clusterDns: readonly string[];
  /** Such as cluster.local. */
  readonly clusterDomain: string;
}

export interface KubeletOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly log: Log;
  readonly runtime: Runtime;
  readonly edges: NodeEdges;
  readonly node: KubeletNode;
  readonly tracer?: Tracer;
  readonly options?: {
    /** The node's resolv.conf. */
    readonly resolvConf?: string;
    readonly eviction?: EvictionOptions;
  };
}

/** The agent of one node: runs the pods bound to it and tells how they are. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #recorder: EventRecorder;
  readonly #registrar: NodeRegistrar;
  readonly #pods: Informer<Pod>;
  readonly #services: Informer<Service>;
  /** This node as the API has it: others may label it. */
  readonly #self: Informer<Node>;
  readonly #cache: RuntimeCache;
  #workers: PodWorkers | null = null;
  #staticPods: StaticPods | null = null;
  #resources: NodeResources | null = null;
  readonly #thresholds: EvictionThresholds;

  constructor(options: KubeletOptions) {
    const { client, clock, edges, log, node, runtime } = options;
    this.#options = options;
    this.#thresholds = evictionThresholds(options.options?.eviction ?? {});
    const source = { component: 'kubelet', host: node.name };
    this.#recorder = new EventRecorder(client, clock, log, source);
    this.#registrar = new NodeRegistrar({
      client,
      clock,
      log,
      runtime,
      recorder: this.#recorder,
      identity: node,
      machine: edges.machine,
      reserved: this.#reserved,
      pressure: () => this.#pressure,
    });
    const fieldSelector = `spec.nodeName=${node.name}`;
    this.#pods = new Informer(client, clock, log, pods, { fieldSelector });
    this.#services = new Informer(client, clock, log, services);
    this.#self = new Informer(client, clock, log, nodes, {
      fieldSelector: `metadata.name=${node.name}`,
    });
    this.#cache = new RuntimeCache(runtime, log, (uid) => this.#workers?.wake(uid));
  }

  /** Runs until `signal` aborts. Pods go on running after. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, log, node, runtime } = this.#options;
    const version = await this.#waitForRuntime(signal);
    if (version === null) return;
    runtime.subscribe((event) => void this.#take(event), signal);
    const informers = [this.#services, this.#pods, this.#self].map((each) => each.run(signal));
    await Promise.all([
      this.#registrar.register(version, signal),
      this.#relist(),
      unlessAborted(this.#services.whenSynced(), signal),
      unlessAborted(this.#pods.whenSynced(), signal),
      unlessAborted(this.#self.whenSynced(), signal),
    ]);
    if (signal.aborted) return;
    const workers = await this.#startWorkers(version, signal);
    const resources = this.#makeResources(workers, signal);
    await Promise.all([
      ...informers,
      renewLease(client, clock, log, node.name, signal),
      this.#every(RELIST_MS, signal, async () => {
        await this.#relist();
        await this.#removeOrphans(workers);
        await this.#registrar.refresh();
      }),
      this.#every(HOUSEKEEPING_MS, signal, async () => {
        await Promise.all([rotateLogs(this.#cache, this.#options), resources.evict()]);
      }),
      this.#every(IMAGE_GC_MS, signal, () => resources.collectImages()),
    ]);
    workers.stop();
  }

  /** Answers a subresource of a pod on this node: its log, or a connection to it; or of the node. */
  async answer(
    asked: LogRequest & ConnectRequest & { readonly path: string },
  ): Promise<LogResponse | ConnectResponse | NodeAnswer> {
    if (asked.subresource === 'proxy') return nodeEndpoint(asked.path, this.#started);
    const uid = this.#staticPods?.uidHere(asked.uid) ?? asked.uid;
    const request = { ...asked, uid };
    if (request.subresource === 'log') return this.#podLogs(request);
    const pod = this.#workers?.get(uid)?.current;
    return podConnection(request, pod, this.#logSource(uid), this.#options.runtime);
  }

  #podLogs(request: LogRequest): Promise<LogResponse> {
    const { namespace, name, uid } = request;
    const seen = this.#pods.get(`${namespace}/${name}`);
    // What the worker knows is newer than what has come back from the API.
    const pod = this.#workers?.get(uid)?.current ?? (seen?.metadata.uid === uid ? seen : undefined);
    return podLogs(request, pod, this.#logSource(uid));
  }

  #logSource(uid: string): LogSource {
    const { edges, clock } = this.#options;
    return { files: edges.files, clock, runtime: () => this.#cache.get(uid) };
  }

  /** What the node and its pods use: the objects of metrics.k8s.io. */
  metrics(plural: string): Promise<readonly KubeObject[]> {
    return this.#started.metrics(plural);
  }

  get #started(): NodeResources {
    if (this.#resources !== null) return this.#resources;
    throw new ApiError('ServiceUnavailable', 'the node has not started yet');
  }

  #makeResources(workers: PodWorkers, signal: AbortSignal): NodeResources {
    this.#resources = new NodeResources(
      {
        ...this.#options,
        recorder: this.#recorder,
        cache: this.#cache,
        workers,
        thresholds: [...this.#thresholds.hard, ...this.#thresholds.soft],
        maxPodGraceSeconds: this.#options.options?.eviction?.maxPodGraceSeconds ?? 0,
        pressureChanged: () => this.#registrar.refresh(),
      },
      signal,
    );
    return this.#resources;
  }

  get #reserved(): Reserved {
    return reservedBy(this.#thresholds.hard, this.#options.edges.machine);
  }

  get #pressure(): ReadonlySet<PressureCondition> {
    return this.#resources?.pressure ?? NO_PRESSURE;
  }

  async #waitForRuntime(signal: AbortSignal) {
    while (!signal.aborted) {
      try {
        return await this.#options.runtime.version();
      } catch (error) {
        this.#options.log.warn('container runtime does not answer', { error: String(error) });
        await sleep(this.#options.clock, RUNTIME_RETRY_MS, signal);
      }
    }
    return null;
  }

  async #startWorkers(version: RuntimeVersion, signal: AbortSignal): Promise<PodWorkers> {
    const { client, clock, prng, log, runtime, edges, node, options } = this.#options;
    const startedAt = clock.monotonic();
    const resolvConf = options?.resolvConf ?? '/etc/resolv.conf';
    const resolv = await edges.files.readTail(resolvConf, RESOLV_CONF_BYTES_MAX);
    const { clusterDns, clusterDomain } = node;
    const allocatable = nodeAllocatable(edges.machine, this.#reserved);
    const { initialMs, maxMs } = DEFAULT_RESTART_BACK_OFF;
    const features = defaultFeatures(version);
    const { files, podIds } = edges;
    const context: NodeContext = {
      client,
      clock,
      prng,
      log,
      tracer: this.#options.tracer ?? NO_TRACER,
      runtime,
      cache: this.#cache,
      edges,
      images: new ImagePuller(runtime, clock),
      recorder: this.#recorder,
      starts: new StartGate(clock, edges.machine.cpus),
      restarts: new BackOff(clock, initialMs, maxMs),
      config: apiConfig(client),
      configWatches: new ConfigWatches(client, clock, log),
      nodeName: node.name,
      hostIps: [edges.machine.internalIp],
      dns: { clusterDns, clusterDomain, node: parseResolvConf(resolv) },
      allocatable,
      cgroups: this.#podCgroups(),
      runtimeName: version.name,
      features,
      userNamespaces: new UserNamespaces({ files, features, podIds }),
      services: () => this.#services.list(),
      uptimeMs: () => clock.monotonic() - startedAt,
    };
    const workers = new PodWorkers(context, (pod, others) => {
      const own = nodeLabels(node, edges.machine);
      const self = this.#self.get(node.name);
      const labels = { ...own, ...self?.metadata.labels };
      const offer = {
        name: node.name,
        labels,
        taints: self?.spec?.taints ?? [],
        allocatable,
        operatingSystem: edges.machine.operatingSystem,
        modules: edges.machine.modules,
        supplementalGroupsPolicy: version.features?.supplementalGroupsPolicy ?? false,
      };
      return admitPod(pod, others, offer, this.#pressure);
    });
    this.#workers = workers;
    await this.#followPods(workers, new StaticPods({ ...context, log }, workers, signal), signal);
    void this.#removeOrphans(workers);
    return workers;
  }

  #removeOrphans(workers: PodWorkers): Promise<void> {
    return workers.removeOrphans(() => this.#staticPods?.orphanGone());
  }

  /** Runs what the API and the files on the node ask for. */
  async #followPods(workers: PodWorkers, statics: StaticPods, signal: AbortSignal): Promise<void> {
    this.#staticPods = statics;
    const { manifests } = this.#options.edges;
    let reading: Promise<void> = Promise.resolve();
    manifests?.watch(() => {
      // One after the other: what was read later is taken in later.
      reading = reading.then(async () => {
        const files = await manifests.read();
        if (!signal.aborted) statics.sync(files);
      });
    }, signal);
    const begin = async () => {
      const files = (await manifests?.read()) ?? [];
      // In one turn, so that no mirror comes or goes in between.
      statics.begin(files, [...this.#pods.list()].filter(isMirrorPod));
      this.#pods.subscribe({
        added: (pod) => (isMirrorPod(pod) ? statics.seeMirror(pod) : workers.add(pod)),
        updated: (pod) => (isMirrorPod(pod) ? statics.seeMirror(pod) : workers.update(pod)),
        deleted: (pod) => (isMirrorPod(pod) ? statics.mirrorGone(pod) : workers.remove(pod)),
      });
    };
    reading = begin();
    await reading;
  }

  #podCgroups(): PodCgroups {
    const { cgroupParent: root, cgroups, machine } = this.#options.edges;
    return new PodCgroups({ cgroups, root, machine, log: this.#options.log });
  }

  async #take(event: Parameters<RuntimeCache['take']>[0]): Promise<void> {
    const { tracer = NO_TRACER } = this.#options;
    tracer.mark(RUNTIME_EVENTS, `container ${event.type}`, { id: event.id });
    try {
      await this.#cache.take(event);
    } catch (error) {
      this.#options.log.warn('runtime event not followed', { error: String(error) });
    }
  }

  async #relist(): Promise<void> {
    try {
      await this.#cache.relist();
    } catch (error) {
      this.#options.log.warn('runtime not listed', { error: String(error) });
    }
  }

  async #every(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#options.clock, ms, signal);
      if (!signal.aborted) await work();
    }
  }
}

function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    promise.then(resolve, reject);
  });
}
