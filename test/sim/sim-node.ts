import { setMaxListeners } from 'node:events';
import { createApiServer } from '../../src/apiserver/api-server.ts';
import { silentLog } from '../../src/base/log.ts';
import { seededPrng } from '../../src/base/prng.ts';
import { Client } from '../../src/client/client.ts';
import { events, namespaces, pods } from '../../src/client/resources.ts';
import type { CoreV1Event, Pod, PodSpec } from '../../src/generated/types.ts';
import type { EvictionOptions } from '../../src/kubelet/eviction/eviction-options.ts';
import { Kubelet, type KubeletNode } from '../../src/kubelet/kubelet.ts';
import { kinds } from '../../src/objects/kinds.ts';
import { SimCgroups } from '../../src/sim/cgroups.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimDisk } from '../../src/sim/disk.ts';
import { SimDiskReserve } from '../../src/sim/disk-reserve.ts';
import { simFiles } from '../../src/sim/files.ts';
import type { SimImage } from '../../src/sim/image.ts';
import { simMachine } from '../../src/sim/machine.ts';
import { SimManifests } from '../../src/sim/manifests.ts';
import { simNodePaths } from '../../src/sim/node-paths.ts';
import { simProber } from '../../src/sim/prober.ts';
import { SimRuntime, type SimRuntimeOptions } from '../../src/sim/runtime.ts';
import { settleBy } from '../../src/sim/settle.ts';
import { SimUsage } from '../../src/sim/usage.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { type Stored, storedCodec } from '../../src/storage/stored.ts';

export const NODE = 'node-1';
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const VERSION = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.24.6',
  compiler: 'gc',
  platform: 'linux/amd64',
};

/** An API server and a kubelet over a simulated runtime, on one virtual clock. */
export class SimNode {
  readonly clock = new VirtualClock(START_MS, settleBy());
  readonly cgroups = new SimCgroups();
  readonly usage = new SimUsage();
  readonly reserve = new SimDiskReserve();
  readonly client: Client;
  readonly runtime: SimRuntime;
  readonly manifests = new SimManifests();
  readonly server;
  readonly #disk = new SimDisk();
  #controller = new AbortController();
  #running: Promise<void> = Promise.resolve();
  kubelet!: Kubelet;

  private constructor(images: readonly SimImage[], options: Partial<SimRuntimeOptions>) {
    this.server = createApiServer({
      store: new MemoryStore<Stored>(storedCodec),
      kinds,
      clock: this.clock,
      prng: seededPrng(1),
      log: silentLog,
      authorizer: { authorize: () => ({ type: 'allow' }) },
      version: VERSION,
      admission: [],
      parseYaml: () => ({ value: null }) as never,
    });
    const user = { name: `system:node:${NODE}`, groups: ['system:nodes'] };
    this.client = new Client(this.server.handler, user);
    const { clock } = this;
    const disk = this.#disk;
    this.runtime = new SimRuntime({ clock, prng: seededPrng(2), disk, images, ...options });
  }

  /** Starts a node whose kubelet has run for `uptimeMs`, so that first probes are not spread. */
  static async start(
    images: readonly SimImage[],
    options: Partial<SimRuntimeOptions> = {},
    uptimeMs = 60_000,
  ): Promise<SimNode> {
    const node = new SimNode(images, options);
    for (const name of ['default', 'kube-node-lease']) {
      await node.client.create(namespaces, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
        spec: {},
      });
    }
    node.startKubelet();
    await node.clock.advance(uptimeMs);
    return node;
  }

  /** Starts a kubelet over what the API server and the runtime have. */
  startKubelet(changes: Partial<KubeletNode> = {}, eviction: EvictionOptions = {}): void {
    const { client, clock, runtime } = this;
    this.#controller = new AbortController();
    // Every loop of the kubelet listens to it.
    setMaxListeners(0, this.#controller.signal);
    this.kubelet = new Kubelet({
      client,
      clock,
      prng: seededPrng(3),
      log: silentLog,
      runtime,
      edges: {
        machine: simMachine(),
        files: simFiles(this.#disk),
        manifests: this.manifests,
        paths: simNodePaths(this.#disk),
        prober: simProber(runtime, clock),
        cgroups: this.cgroups,
        usage: this.usage,
        reserve: this.reserve,
        cgroupParent: '/proa',
      },
      node: {
        name: NODE,
        podCidr: '10.42.0.0/24',
        labels: {},
        clusterDns: ['10.43.0.10'],
        clusterDomain: 'cluster.local',
        ...changes,
      },
      options: { eviction },
    });
    this.server.setNodeProxy((_node, request) => this.kubelet.answer(request));
    this.server.setComputed(async ({ plural }) => this.kubelet.metrics(plural));
    this.#running = this.kubelet.run(this.#controller.signal);
  }

  /** Stops the kubelet; containers go on. */
  async stopKubelet(): Promise<void> {
    this.#controller.abort();
    await this.clock.advance(0);
    await this.#running;
  }

  /** Creates a pod that is bound to this node. */
  createPod(name: string, spec: Partial<PodSpec>, metadata: object = {}): Promise<Pod> {
    return this.client.create(pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', ...metadata },
      spec: { nodeName: NODE, containers: [], ...spec },
    });
  }

  pod(name: string): Promise<Pod> {
    return this.client.get(pods, name, 'default');
  }

  /** Lets time pass until the pod, looked at every `stepMs`, fits; answers it. */
  async until(
    name: string,
    fits: (pod: Pod) => boolean,
    limitMs = 60_000,
    stepMs = 100,
  ): Promise<Pod> {
    await this.clock.advance(0);
    for (let passed = 0; ; passed += stepMs) {
      const pod = await this.pod(name);
      if (fits(pod)) return pod;
      if (passed >= limitMs)
        throw new Error(`not within ${limitMs} ms: ${JSON.stringify(pod.status)}`);
      await this.clock.advance(stepMs);
    }
  }

  /** Events about a pod as `reason: message (xN)`, in order. */
  async events(name: string): Promise<string[]> {
    await this.clock.advance(0);
    const { items } = await this.client.list(events, { namespace: 'default' });
    const about = (items as CoreV1Event[]).filter((event) => event.involvedObject.name === name);
    about.sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
    return about.map(({ reason, message, count = 1 }) => {
      return `${reason}: ${message}${count > 1 ? ` (x${count})` : ''}`;
    });
  }

  /** The text of a container's log, or the error that answers instead. */
  async logs(name: string, query = ''): Promise<string> {
    const response = await this.server.handler({
      method: 'GET',
      path: `/api/v1/namespaces/default/pods/${name}/log`,
      query: new URLSearchParams(query),
      headers: { accept: 'application/json' },
      user: { name: 'admin', groups: ['system:masters'] },
      body: null,
      signal: new AbortController().signal,
    });
    const { body } = response;
    if (body.type === 'object') return (body.encoded.object as { message: string }).message;
    let text = '';
    if (body.type === 'bytes') text = new TextDecoder().decode(body.bytes);
    if (body.type === 'stream') {
      for await (const chunk of body.chunks) text += new TextDecoder().decode(chunk);
    }
    return text;
  }
}

/** The pod's condition `type` as `Status` or `Status Reason`. */
export function conditionOf(pod: Pod, type: string): string {
  const condition = pod.status?.conditions?.find((candidate) => candidate.type === type);
  return [condition?.status, condition?.reason].filter(Boolean).join(' ');
}

/** Whether the pod's condition Ready is True. */
export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready') === 'True';
}
