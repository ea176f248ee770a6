import type { ByteConnection, ProcessStreams } from '../base/byte-streams.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { nextInt, type Prng } from '../base/prng.ts';
import type {
  Container,
  ContainerConfig,
  ContainerStatus,
  ExecResult,
  Image,
  LinuxResources,
  RegistryAuth,
  Runtime,
  RuntimeEvent,
  RuntimeVersion,
  Sandbox,
  SandboxConfig,
  SandboxStatus,
} from '../kubelet/runtime.ts';
import { RuntimeError } from '../kubelet/runtime.ts';
import { SimContainer } from './container.ts';
import { SimDisk } from './disk.ts';
import { fullImageName, type SimImage } from './image.ts';
import { attachToSim, execInSim, serveSimHttp } from './streams.ts';

const OUTPUT_BYTES_MAX = 10_240;

/** How long the simulated machine takes for things, in ms. */
export interface SimLatencies {
  readonly sandboxMs: number;
  readonly createMs: number;
  readonly startMs: number;
}

interface SimSandbox {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly createdAt: number;
  ips: readonly string[];
  ready: boolean;
}

export interface SimRuntimeOptions {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly images: readonly SimImage[];
  /** What an image that is not among them does; without it the registry does not have it. */
  readonly otherImage?: (name: string) => SimImage;
  readonly disk?: SimDisk;
  /** The first three numbers of the pods' addresses. */
  readonly podNetwork?: string;
  readonly latencies?: Partial<SimLatencies>;
  /** What it says it can do; nothing by default. */
  readonly abilities?: Partial<Pick<RuntimeVersion, 'features' | 'handlers'>>;
}

/**
 * A container runtime whose images are scripts on the virtual clock. The same seed gives the same
 * ids, addresses and times.
 */
export class SimRuntime implements Runtime {
  readonly disk: SimDisk;
  /** Limits that were changed while containers ran, in order. */
  readonly updates: { readonly name: string; readonly resources: LinuxResources }[] = [];
  readonly #clock: Clock;
  readonly #prng: Prng;
  readonly #latencies: SimLatencies;
  readonly #podNetwork: string;
  readonly #registry = new Map<string, SimImage>();
  readonly #present = new Map<string, SimImage>();
  readonly #sandboxes = new Map<string, SimSandbox>();
  readonly #containers = new Map<string, SimContainer>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  /** Containers whose start has begun. */
  readonly #starting = new Set<SimContainer>();
  readonly #failures = new Map<keyof Runtime, string>();
  readonly #otherImage: ((name: string) => SimImage) | undefined;
  readonly #version: RuntimeVersion;
  #addresses = 1;

  constructor(options: SimRuntimeOptions) {
    this.#clock = options.clock;
    this.#prng = options.prng;
    this.disk = options.disk ?? new SimDisk();
    this.#podNetwork = options.podNetwork ?? '10.42.0';
    this.#latencies = { sandboxMs: 0, createMs: 0, startMs: 0, ...options.latencies };
    this.#otherImage = options.otherImage;
    this.#version = { name: 'sim', version: '1.0.0', handlers: [], ...options.abilities };
    for (const image of options.images) {
      const name = fullImageName(image.name);
      this.#registry.set(name, image);
      if (image.present ?? true) this.#present.set(name, image);
    }
  }

  /** Makes every call of `method` fail with `message` until it is '' again. */
  breakMethod(method: keyof Runtime, message: string): void {
    if (message === '') this.#failures.delete(method);
    else this.#failures.set(method, message);
  }

  /** Takes the starts under way back, as when their caller went away. */
  cutOffStarts(): void {
    for (const container of this.#starting) container.cutOffStart();
    this.#starting.clear();
  }

  /** What the sandboxes that are there were made of. */
  get sandboxConfigs(): readonly SandboxConfig[] {
    return [...this.#sandboxes.values()].map(({ config }) => config);
  }

  /** Ends a sandbox and all in it, as a crash of its pause process would. */
  killSandbox(id: string) {
    return this.#do('stopSandbox', () => this.#end(id));
  }

  /** The container that listens at an address of the pod network. */
  listener(ip: string, port: number): SimContainer | undefined {
    for (const container of this.#containers.values()) {
      const sandbox = this.#sandboxes.get(container.sandboxId);
      if (sandbox?.ips.includes(ip) && container.process?.ports.has(port)) return container;
    }
    return undefined;
  }

  version() {
    return this.#do('version', () => this.#version);
  }

  notReady() {
    return this.#do('notReady', () => '');
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    await this.#take('runSandbox', this.#latencies.sandboxMs);
    const id = this.#newId();
    const ips =
      config.namespaces.network === 'node' ? [] : [`${this.#podNetwork}.${++this.#addresses}`];
    this.#sandboxes.set(id, { id, config, createdAt: this.#clock.now(), ips, ready: true });
    return id;
  }

  stopSandbox(id: string) {
    return this.#do('stopSandbox', () => {
      const sandbox = this.#sandboxes.get(id);
      // Its network goes with the stop, whatever ended its processes.
      if (sandbox !== undefined) sandbox.ips = [];
      this.#end(id);
    });
  }

  #end(id: string): void {
    for (const container of this.#containers.values()) {
      if (container.sandboxId === id) container.kill();
    }
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined || !sandbox.ready) return;
    sandbox.ready = false;
    this.#emit({ type: 'exited', id });
  }

  removeSandbox(id: string) {
    return this.#do('removeSandbox', () => {
      for (const container of [...this.#containers.values()]) {
        if (container.sandboxId !== id) continue;
        container.kill();
        this.#containers.delete(container.id);
      }
      this.#sandboxes.delete(id);
    });
  }

  sandboxStatus(id: string) {
    return this.#do('sandboxStatus', () => {
      const sandbox = this.#sandboxes.get(id);
      if (sandbox === undefined) throw new RuntimeError('notFound', `sandbox ${id} not found`);
      return viewOf(sandbox);
    });
  }

  listSandboxes(): Promise<readonly Sandbox[]> {
    return this.#do('listSandboxes', () => [...this.#sandboxes.values()].map(viewOf));
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    await this.#take('createContainer', this.#latencies.createMs);
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox?.ready) throw new RuntimeError('notFound', `sandbox ${sandboxId} not found`);
    const found = [...this.#present].find(([name]) => imageId(name) === config.imageId);
    if (found === undefined)
      throw new RuntimeError('notFound', `image ${config.imageId} not found`);
    const id = this.#newId();
    const container = new SimContainer({
      id,
      sandboxId,
      config,
      image: found[1],
      imageName: found[0],
      imageId: config.imageId,
      logPath: `${sandbox.config.logDirectory}/${config.logPath}`,
      clock: this.#clock,
      disk: this.disk,
      emit: (event) => this.#emit(event),
    });
    this.#containers.set(id, container);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    this.#starting.add(container);
    await this.#take('startContainer', this.#latencies.startMs);
    if (this.#starting.delete(container)) container.start();
    else throw new RuntimeError('unavailable', 'connection closed before the call ended');
  }

  updateContainer(id: string, resources: LinuxResources) {
    return this.#do('updateContainer', () => {
      this.updates.push({ name: this.#container(id).status().name, resources });
    });
  }

  async stopContainer(id: string, graceMs: number): Promise<void> {
    await this.#take('stopContainer', 0);
    await this.#containers.get(id)?.stop(graceMs);
  }

  removeContainer(id: string) {
    return this.#do('removeContainer', () => {
      this.#containers.get(id)?.kill();
      this.#containers.delete(id);
    });
  }

  containerStatus(id: string): Promise<ContainerStatus> {
    return this.#do('containerStatus', () => this.#container(id).status());
  }

  listContainers(): Promise<readonly Container[]> {
    return this.#do('listContainers', () => [...this.#containers.values()].map((c) => c.status()));
  }

  reopenLog() {
    return this.#do('reopenLog', () => {});
  }

  async exec(id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    await this.#take('exec', 0);
    const result = await this.#container(id).exec(command, timeoutMs);
    const bytes = new TextEncoder().encode(result.output).subarray(0, OUTPUT_BYTES_MAX);
    return { ...result, output: bytes };
  }

  async execStreams(
    id: string,
    command: readonly string[],
    streams: ProcessStreams,
  ): Promise<number> {
    await this.#take('execStreams', 0);
    return execInSim(this.#container(id), command, streams);
  }

  async attach(id: string, streams: ProcessStreams): Promise<void> {
    await this.#take('attach', 0);
    return attachToSim(this.#container(id), this.disk, streams);
  }

  async forwardPort(sandboxId: string, port: number, connection: ByteConnection): Promise<void> {
    await this.#take('forwardPort', 0);
    const isServer = (container: SimContainer) =>
      container.sandboxId === sandboxId && container.process?.ports.has(port);
    const server = [...this.#containers.values()].find(isServer);
    if (server === undefined) {
      const why = `dial tcp4 127.0.0.1:${port}: connect: connection refused`;
      throw new RuntimeError('other', `failed to connect to localhost:${port}: ${why}`);
    }
    return serveSimHttp(server, connection);
  }

  imageStatus(name: string): Promise<Image | null> {
    return this.#do('imageStatus', () => {
      const full = fullImageName(name);
      const image = this.#present.get(full);
      return image === undefined ? null : imageOf(full, image);
    });
  }

  listImages(): Promise<readonly Image[]> {
    return this.#do('listImages', () =>
      [...this.#present].map(([name, image]) => imageOf(name, image)),
    );
  }

  async pullImage(name: string, _auth: RegistryAuth | null, signal: AbortSignal): Promise<string> {
    const full = fullImageName(name);
    const image = this.#registry.get(full) ?? this.#otherImage?.(name);
    await this.#take('pullImage', 0);
    if ((image?.pullMs ?? 0) > 0) await sleep(this.#clock, image?.pullMs ?? 0, signal);
    const prefix = `failed to pull and unpack image "${full}": failed to resolve reference "${full}"`;
    if (signal.aborted) throw new RuntimeError('other', `${prefix}: context canceled`);
    if (image === undefined) throw new RuntimeError('notFound', `${prefix}: ${full}: not found`);
    if (image.pullError !== undefined)
      throw new RuntimeError('other', `${prefix}: ${image.pullError}`);
    this.#present.set(full, image);
    return imageId(full);
  }

  removeImage(name: string) {
    return this.#do('removeImage', () => {
      const full = fullImageName(name);
      for (const present of [...this.#present.keys()]) {
        if (present === full || imageId(present) === name) this.#present.delete(present);
      }
    });
  }

  subscribe(listener: (event: RuntimeEvent) => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  #container(id: string): SimContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new RuntimeError('notFound', `container ${id} not found`);
    return container;
  }

  async #do<T>(method: keyof Runtime, work: () => T): Promise<T> {
    await this.#take(method, 0);
    return work();
  }

  async #take(method: keyof Runtime, ms: number): Promise<void> {
    if (ms > 0) await sleep(this.#clock, ms);
    const failure = this.#failures.get(method);
    if (failure !== undefined) throw new RuntimeError('other', failure);
  }

  #emit(event: RuntimeEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #newId(): string {
    let id = '';
    for (let i = 0; i < 8; i++)
      id += nextInt(this.#prng, 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return id;
  }
}

function viewOf({ id, config, createdAt, ips, ready }: SimSandbox): SandboxStatus {
  const { name, namespace, uid, attempt, labels, annotations } = config;
  return { id, name, namespace, uid, attempt, ready, createdAt, labels, annotations, ips };
}

function imageId(fullName: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of fullName) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0)!)) * 0x100000001b3n);
  }
  return `sha256:${hash.toString(16).padStart(16, '0').repeat(4)}`;
}

function imageOf(fullName: string, image: SimImage): Image {
  const repository = fullName.replace(/:[^/:]*$/, '');
  return {
    id: imageId(fullName),
    tags: [fullName],
    digests: [`${repository}@${imageId(fullName)}`],
    sizeBytes: image.sizeBytes ?? 1_000_000,
    uid: image.uid,
    username: image.username,
  };
}
