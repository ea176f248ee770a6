import { setMaxListeners } from 'node:events';
import type { UserInfo } from '../../src/apiserver/handler.ts';
import { silentLog } from '../../src/base/log.ts';
import { seededPrng } from '../../src/base/prng.ts';
import type { Client } from '../../src/client/client.ts';
import { Cluster } from '../../src/cluster.ts';
import { SimCgroups } from '../../src/sim/cgroups.ts';
import { VirtualClock } from '../../src/sim/clock.ts';
import { SimDisk } from '../../src/sim/disk.ts';
import { SimDiskReserve } from '../../src/sim/disk-reserve.ts';
import { simFiles } from '../../src/sim/files.ts';
import type { SimImage } from '../../src/sim/image.ts';
import { KNOWN_IMAGES } from '../../src/sim/images.ts';
import { simMachine } from '../../src/sim/machine.ts';
import { simNodePaths } from '../../src/sim/node-paths.ts';
import { simProber } from '../../src/sim/prober.ts';
import { SimRuntime } from '../../src/sim/runtime.ts';
import { settleBy } from '../../src/sim/settle.ts';
import { simTokenKeys } from '../../src/sim/token-keys.ts';
import { SimUsage } from '../../src/sim/usage.ts';
import { SimVolumeFolders } from '../../src/sim/volume-folders.ts';
import { MemoryStore } from '../../src/storage/memory-store.ts';
import { type Stored, storedCodec } from '../../src/storage/stored.ts';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** Enough for a node to be Ready. */
const START_LIMIT_MS = 1_000;

/** The very cluster that `proa up` runs, on simulated edges and a virtual clock. */
export class SimCluster {
  readonly clock = new VirtualClock(START_MS, settleBy());
  readonly cgroups = new SimCgroups();
  readonly usage = new SimUsage();
  readonly admin: Client;
  readonly volumes: SimVolumeFolders;
  readonly runtime: SimRuntime;
  readonly #cluster: Cluster;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #stopControl = new AbortController();
  #control: Promise<unknown> = Promise.resolve();

  private constructor(seed: number, images: readonly SimImage[]) {
    const { clock } = this;
    const prng = seededPrng(seed);
    const disk = new SimDisk();
    this.volumes = new SimVolumeFolders(disk);
    this.runtime = new SimRuntime({
      clock,
      prng: seededPrng(seed + 1),
      disk,
      images,
    });
    this.#cluster = new Cluster(
      {
        clock,
        prng,
        log: silentLog,
        tokenKeys: simTokenKeys(),
        store: new MemoryStore<Stored>(storedCodec),
        runtime: this.runtime,
        node: {
          machine: simMachine(),
          prober: simProber(this.runtime, clock),
          files: simFiles(disk),
          paths: simNodePaths(disk),
          cgroups: this.cgroups,
          usage: this.usage,
          reserve: new SimDiskReserve(),
          cgroupParent: '/proa',
        },
        volumeFolders: this.volumes,
      },
      {
        nodeName: 'sim',
        podCidr: '10.42.0.0/16',
        serviceCidr: '10.43.0.0/16',
        apiServiceIp: '10.43.0.1',
        advertise: { address: '192.0.2.1', port: 6443 },
        rootCa: 'CA',
        platform: 'linux/amd64',
      },
    );
    this.admin = this.#cluster.clientOf('admin', 'system:masters');
  }

  /** Whose bearer token this is; null when it is nobody's. */
  authenticate(token: string): Promise<UserInfo | null> {
    return this.#cluster.authenticate(token);
  }

  /** Starts a cluster whose chance comes from `seed`; its node is Ready. */
  static async start(seed: number, images = KNOWN_IMAGES): Promise<SimCluster> {
    const sim = new SimCluster(seed, images);
    const { signal } = sim.#stop;
    // Every loop of the cluster listens to it.
    setMaxListeners(0, signal);
    await sim.#cluster.start(signal);
    sim.#running = sim.#cluster.runNode(signal);
    sim.#startControl();
    await sim.clock.advance(START_LIMIT_MS);
    return sim;
  }

  /** Ends scheduler and controllers wherever they are, and starts them with nothing in mind. */
  async restartControl(): Promise<void> {
    this.#stopControl.abort();
    await this.#control;
    this.#startControl();
  }

  #startControl(): void {
    this.#stopControl = new AbortController();
    const { signal } = this.#stopControl;
    setMaxListeners(0, signal);
    this.#control = this.#cluster.runControlPlane(signal);
  }

  /**
   * Stops every part.
   *
   * @throws AssertionError when something of it goes on
   */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stopControl.abort();
    await this.clock.advance(0);
    await Promise.all([this.#running, this.#control]);
  }
}
