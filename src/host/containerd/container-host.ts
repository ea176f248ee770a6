import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { NO_TRACER, type Tracer } from '../../base/tracer.ts';
import { removeCgroups } from '../cgroups/remove-cgroups.ts';
import { CriRuntime } from '../cri/cri-runtime.ts';
import { Execs } from '../cri/exec.ts';
import { FifoPool } from '../cri/fifo-pool.ts';
import { EXEC_PREFIX, endLeftExecs } from '../cri/left-execs.ts';
import { sandboxNetwork, sandboxNetworks } from '../cri/sandbox-networks.ts';
import { StreamedExec } from '../cri/streamed-exec.ts';
import { toRuntimeError } from '../cri/to-runtime-error.ts';
import { writableLayer } from '../cri/writable-layer.ts';
import { PodDialer } from '../dial/pod-dialer.ts';
import { Channel } from '../grpc/channel.ts';
import { PodNetwork } from '../network/pod-network.ts';
import { PAUSE_IMAGE_NAME, pauseImageTar } from '../pause-image/pause-image.ts';
import { unpreferred } from '../priority.ts';
import { bootId } from '../process-stat.ts';
import { importImage, importTar } from './image-import.ts';
import { containerdLayout } from './layout.ts';
import { leftNetworks, type Networks, presentNetworks, removeNetworks } from './left-networks.ts';
import { type RegistryMirror, writeMirrors } from './mirrors.ts';
import { unmountUnder } from './mounts.ts';
import { readProcessRecord } from './process-file.ts';
import { killShims, shimSockets } from './shims.ts';
import { ContainerdSupervisor } from './supervisor.ts';

/** containerd looks through all containers and images it finds before its CRI answers. */
const CRI_READY_MS_MAX = 60_000;
const CRI_LOOK_MS = 10;
const IMAGE_KNOWN_MS_MAX = 5_000;
const IMAGE_LOOK_MS = 5;

export interface ContainerHostOptions {
  /** Absolute path of the cluster's folder. */
  readonly home: string;
  /** Addresses of this node's pods, as 10.42.0.0/24. */
  readonly podCidr: string;
  /** Addresses of all nodes' pods; the same for a single node. */
  readonly clusterCidr: string;
  readonly mirrors: readonly RegistryMirror[];
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer?: Tracer;
}

/** The containers of one node: a private containerd, the pods' network, and a runtime on both. */
export class ContainerHost {
  readonly runtime: CriRuntime;
  /** cgroup below which all pods belong, so that nothing of them is left when it goes. */
  readonly cgroupRoot: string;
  readonly #options: ContainerHostOptions;
  readonly #layout: ReturnType<typeof containerdLayout>;
  readonly #supervisor: ContainerdSupervisor;
  readonly #network: PodNetwork;
  readonly #channel: Channel;
  readonly #dialer: PodDialer;
  /** Tells commands of this process from those of an earlier one. */
  readonly #execPrefix = `${EXEC_PREFIX}${randomBytes(4).toString('hex')}-`;
  readonly #stopped = new AbortController();
  /** What was there when containerd was started: some of it may be nobody's now. */
  #before: Networks = { namespaces: [], addresses: [] };

  /** Touches nothing yet. */
  constructor(options: ContainerHostOptions) {
    const { home, clock, log, podCidr, clusterCidr } = options;
    const layout = containerdLayout(home);
    this.#options = options;
    this.#layout = layout;
    this.cgroupRoot = `/proa-${layout.id}`;
    this.#supervisor = new ContainerdSupervisor({
      layout,
      sandboxImage: PAUSE_IMAGE_NAME,
      clock,
      log,
      starting: () => {
        this.#before = presentNetworks(layout);
      },
      restarted: () => void this.#tidyAfterRestart(),
    });
    this.#network = new PodNetwork({
      bridge: layout.bridge,
      podCidr,
      clusterCidr,
      cniConfigFolder: layout.cniConfig,
      ipamFolder: layout.ipam,
      hostPortFolder: layout.hostPorts,
      log,
    });
    this.#channel = new Channel({ path: layout.socket });
    this.#dialer = new PodDialer({
      networkOf: (id) =>
        sandboxNetwork(this.#channel, id).catch((error) => {
          throw toRuntimeError(error);
        }),
      enter: (path) => [...unpreferred('nsenter'), `--net=${path}`],
      clock,
    });
    const fifos = new FifoPool(layout.fifos);
    const newId = () => `${this.#execPrefix}${randomBytes(16).toString('hex')}`;
    const execs = new Execs(this.#channel, fifos, clock, log, newId);
    const streamed = { channel: this.#channel, fifos, execs, clock, log, newId };
    this.runtime = new CriRuntime({
      channel: this.#channel,
      execs,
      streamedExec: (id, streams) => new StreamedExec(streamed, id, streams),
      ports: this.#network,
      forwarding: this.#dialer,
      sandboxImage: PAUSE_IMAGE_NAME,
      clock,
      log,
      tracer: options.tracer ?? NO_TRACER,
    });
  }

  /**
   * Brings containerd and the network up, or adopts what lives of them, and keeps containerd
   * alive until `signal` aborts; then it and the containers go on.
   *
   * @throws Error with one sentence: what is missing, or what failed
   */
  async start(signal: AbortSignal): Promise<'started' | 'adopted'> {
    if (this.#fromEarlierBoot()) await this.cleanLeftovers();
    writeMirrors(this.#layout.hosts, this.#options.mirrors);
    const [, how] = await Promise.all([this.#network.start(), this.#supervisor.start()]);
    await this.#untilReady();
    await this.#removeLeftNetworks();
    await this.#haveSandboxImage();
    const over = AbortSignal.any([signal, this.#stopped.signal]);
    over.addEventListener('abort', () => this.#dialer.stop(), { once: true });
    over.addEventListener('abort', () => this.#channel.close(), { once: true });
    void this.#supervisor.keepAlive(over);
    if (how === 'adopted') {
      await this.runtime.openMissingPorts();
      const { clock, log } = this.#options;
      endLeftExecs(this.#channel, clock, log, this.#execPrefix).catch((error: unknown) =>
        log.warn('commands left running are not ended', { error: String(error) }),
      );
    }
    return how;
  }

  /** The folder of what a container wrote, whether it runs or not; undefined where there is none. */
  writableLayer(containerId: string): Promise<string | undefined> {
    return writableLayer(this.#channel, containerId);
  }

  /** Imports the images of a tar and answers their names. */
  importImage(file: string): Promise<string[]> {
    return importImage(this.#layout, file);
  }

  /** Ends containerd; the containers go on until the machine does, or `destroy`. */
  stop(): Promise<void> {
    this.#stopped.abort();
    return this.#supervisor.stop();
  }

  /** The containerd process, or null. */
  get pid(): number | null {
    return this.#supervisor.living()?.pid ?? null;
  }

  /** Removes what did not survive a reboot but left traces: sockets, bundles, addresses. */
  async cleanLeftovers(): Promise<void> {
    const { state, ipam, processFile } = this.#layout;
    await unmountUnder(dirname(state));
    for (const path of [dirname(state), ipam, processFile]) {
      rmSync(path, { recursive: true, force: true });
    }
  }

  /**
   * Ends everything and removes all traces: processes, mounts, links, rules, cgroups, folders.
   * Safe to repeat, and after a crash at any point.
   */
  async destroy(): Promise<void> {
    const { home, clock } = this.#options;
    await this.stop();
    this.#channel.close();
    const sockets = shimSockets(this.#layout);
    await killShims(this.#layout, clock);
    await this.#network.destroy();
    // The home may be a disk of its own: that is not ours to unmount.
    for (const name of existsSync(home) ? readdirSync(home) : []) {
      await unmountUnder(join(home, name));
    }
    await this.cleanLeftovers();
    removeCgroups(this.cgroupRoot);
    for (const path of [...sockets, this.#layout.folder]) {
      rmSync(path, { recursive: true, force: true });
    }
  }

  #fromEarlierBoot(): boolean {
    const record = readProcessRecord(this.#layout.processFile);
    return record !== null && record.bootId !== bootId();
  }

  async #tidyAfterRestart(): Promise<void> {
    try {
      await this.#untilReady();
      await this.#removeLeftNetworks();
    } catch (error) {
      this.#options.log.warn('containerd is not ready after its restart', { error: String(error) });
    }
  }

  /**
   * Removes what a containerd that died had made for sandboxes that the present one does not know.
   * Pods run without it: what fails is logged.
   */
  async #removeLeftNetworks(): Promise<void> {
    const { log } = this.#options;
    const { namespaces, addresses } = this.#before;
    if (namespaces.length + addresses.length === 0) return;
    try {
      const left = leftNetworks(this.#before, await sandboxNetworks(this.#channel));
      await removeNetworks(left);
      const count = left.namespaces.length + left.addresses.length;
      if (count > 0) log.info('removed networks that no sandbox has', { count });
      this.#before = { namespaces: [], addresses: [] };
    } catch (error) {
      log.warn('networks of nobody may be left', { error: String(error) });
    }
  }

  /** containerd listens before its CRI has found what an earlier one left. */
  async #untilReady(): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + CRI_READY_MS_MAX;
    for (;;) {
      try {
        await this.runtime.version();
        return;
      } catch (error) {
        if (clock.monotonic() > deadline) throw error;
      }
      await sleep(clock, CRI_LOOK_MS);
    }
  }

  async #haveSandboxImage(): Promise<void> {
    if ((await this.runtime.imageStatus(PAUSE_IMAGE_NAME)) !== null) return;
    const { temporary } = this.#layout;
    mkdirSync(temporary, { recursive: true });
    const file = join(temporary, 'pause.tar');
    writeFileSync(file, pauseImageTar(arch() === 'arm64' ? 'arm64' : 'amd64'));
    await importTar(this.#layout, file, []);
    rmSync(file);
    // CRI learns of an import by an event of its own.
    const { clock } = this.#options;
    const deadline = clock.monotonic() + IMAGE_KNOWN_MS_MAX;
    while ((await this.runtime.imageStatus(PAUSE_IMAGE_NAME)) === null) {
      if (clock.monotonic() > deadline) throw new Error('containerd lost the sandbox image');
      await sleep(clock, IMAGE_LOOK_MS);
    }
  }
}
