import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { arch, platform } from 'node:os';
import { encryptedPrefixes } from '../../apiserver/kind-table.ts';
import { parseYaml } from '../../apiserver/request-body.ts';
import type { TokenKeys } from '../../apiserver/token-keys.ts';
import type { Log } from '../../base/log.ts';
import { NO_TRACER, type Tracer } from '../../base/tracer.ts';
import { Cluster } from '../../cluster.ts';
import { hostClock } from '../../host/clock.ts';
import { StoreKeys } from '../../host/encryption/store-keys.ts';
import { EventLoopDelay, loopActiveMs } from '../../host/event-loop-delay.ts';
import { HttpsServer } from '../../host/https/server.ts';
import { type LevelStore, openLevelStore } from '../../host/level-store/level-store.ts';
import { HostManifests } from '../../host/manifests/host-manifests.ts';
import { hostMetrics } from '../../host/metrics.ts';
import {
  type Certificates,
  ensureCertificates,
  type NewCertificates,
} from '../../host/pki/certificates.ts';
import { ensureTokenKey } from '../../host/pki/token-key.ts';
import { preferThisProcess } from '../../host/priority.ts';
import { hostPrng } from '../../host/prng.ts';
import { processStart } from '../../host/process-stat.ts';
import { kinds } from '../../objects/kinds.ts';
import { type Stored, storedCodec } from '../../storage/stored.ts';
import { PROA_VERSION } from '../../version.ts';
import { certificateNames, LOCAL_HOST } from '../certificate-names.ts';
import { claimRunFile } from '../claim-run-file.ts';
import { addressInCidr, type ClusterSettings, evictionOptions } from '../cluster-file.ts';
import { serveControl } from '../control.ts';
import type { Home } from '../home.ts';
import { kubeconfigFor } from '../kubeconfig/kubeconfig.ts';
import type { Progress } from '../progress.ts';
import { type RunningDaemon, removeRunFile } from '../run-file.ts';
import { openDaemonLog } from './daemon-log.ts';
import { daemonStatus } from './daemon-status.ts';
import type { NodeHost } from './node-host.ts';
import { nodeReady } from './node-ready.ts';

/** The API listens on every address of the machine; who may use it, its certificate says. */
const LISTEN_HOST = '0.0.0.0';
/** The last is a terminal that closes, for a cluster in its foreground. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export interface DaemonOptions {
  /** Made beforehand, for a cluster that has none. */
  readonly offered: NewCertificates | null;
  /** Where a trace is written; none is by default. */
  readonly trace: string | undefined;
}

interface Parts {
  /** `up` tells whether its start ended well, once it has ended. */
  node?: { readonly node: NodeHost; readonly up: Promise<boolean> };
  store?: Promise<LevelStore<Stored> | null>;
  https?: HttpsServer;
  control?: Server;
  readonly running: Promise<void>[];
}

/**
 * Runs a cluster in this process until it is told to stop, by a signal or on its control socket.
 * Answers the exit code.
 *
 * @param trace file for what happens when, or undefined
 * @param report is told of each step; the last is `ready` or `failed`
 */
export async function runDaemon(
  home: Home,
  settings: ClusterSettings,
  options: DaemonOptions,
  report: (progress: Progress) => Promise<void>,
): Promise<number> {
  preferThisProcess();
  const { log, close } = openDaemonLog(home.daemonLog);
  let endTrace = async () => {};
  try {
    const tracer = await openTracer(options.trace);
    endTrace = tracer.close;
    await new Daemon(home, settings, options, log, tracer.tracer).run(report);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error('stopping', { error: error instanceof Error ? error.stack : message });
    await report({ type: 'failed', message });
    return 1;
  } finally {
    await endTrace();
    close();
  }
}

/** Most daemons trace nothing, and load nothing for it. */
async function openTracer(file: string | undefined) {
  if (file === undefined) return { tracer: NO_TRACER, close: async () => {} };
  const { openTrace } = await import('../../host/trace/trace-file.ts');
  const tracer = await openTrace(file, hostClock);
  return { tracer, close: () => tracer.close() };
}

class Daemon {
  readonly #home: Home;
  readonly #settings: ClusterSettings;
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #tracer: Tracer;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  #resolveStopped: () => void = () => {};
  /** What has been started so far, to be ended in the opposite order. */
  readonly #parts: Parts = { running: [] };
  readonly #delay = new EventLoopDelay({ clock: hostClock, activeMs: loopActiveMs });
  #ready = false;

  constructor(
    home: Home,
    settings: ClusterSettings,
    options: DaemonOptions,
    log: Log,
    tracer: Tracer,
  ) {
    this.#home = home;
    this.#settings = settings;
    this.#options = options;
    this.#log = log;
    this.#tracer = tracer;
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
  }

  async run(report: (progress: Progress) => Promise<void>): Promise<void> {
    // Every loop of the cluster listens to it; there is no leak to warn of.
    setMaxListeners(0, this.#stop.signal);
    const stop = () => this.#stop.abort();
    for (const signal of STOP_SIGNALS) process.on(signal, stop);
    mkdirSync(this.#home.folder, { recursive: true, mode: 0o755 });
    const other = await claimRunFile(this.#home.runFile, this.#describe());
    if (other !== null) {
      throw new Error(`another proa, with pid ${other.pid}, runs the cluster in this home already`);
    }
    try {
      await this.#serve(report);
    } finally {
      const wasAsked = this.#stop.signal.aborted;
      this.#stop.abort();
      await this.#end(wasAsked);
    }
  }

  async #serve(report: (progress: Progress) => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    const step = (name: string) => report({ type: 'step', name, ms: performance.now() });
    const node = await this.#makeNode();
    // Containers take longest to come up, so they begin first and are waited for last.
    const runtimeUp = node.start();
    this.#parts.node = {
      node,
      up: runtimeUp.then(
        () => true,
        () => false,
      ),
    };
    const keys = await StoreKeys.read(this.#home.keyFile, encryptedPrefixes(kinds));
    const opening = this.#openStore(keys);
    this.#parts.store = opening.catch(() => null);
    const [certificates, tokenKeys, store] = await Promise.all([
      this.#certificates(node),
      ensureTokenKey(this.#home.pki),
      opening,
    ]);
    const cluster = this.#cluster(node, store, certificates, tokenKeys);
    const https = this.#https(cluster, certificates);
    await cluster.start(signal);
    await https.listen().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      const { port } = this.#settings;
      throw new Error(`port ${port} is in use by another program; choose one with --port`);
    });
    this.#parts.https = https;
    await this.#writeKubeconfig(certificates);
    this.#parts.control = await this.#control(node, store, keys, cluster);
    await step('API ready');

    const { running } = this.#parts;
    running.push(cluster.runControlPlane(signal), this.#encrypt(store, keys));
    await runtimeUp;
    await step(`${this.#settings.runtime} ready`);
    if (signal.aborted) return;
    running.push(cluster.runNode(signal));
    const ready = nodeReady(cluster, this.#settings.nodeName, signal);
    // What ends by a fault ends the wait as well.
    await Promise.race([ready, Promise.all(running)]);
    if (!signal.aborted) {
      this.#ready = true;
      const { nodeName } = this.#settings;
      this.#log.info('the cluster is up', {
        node: nodeName,
        server: this.#url,
        version: PROA_VERSION,
      });
      await report({ type: 'ready', node: nodeName, ms: performance.now() });
    }
    await Promise.all(running);
  }

  /**
   * Ends what has been started.
   *
   * @param wasAsked to stop: then pods end too. A fault leaves them to the next start, as a crash
   */
  async #end(wasAsked: boolean): Promise<void> {
    // Whatever one of them meets, the others are ended all the same.
    const attempt = async (part: string, work: Promise<void> | undefined) => {
      const startedAt = performance.now();
      await work?.catch((error) => this.#log.error('not ended well', { part, error: `${error}` }));
      const ms = Math.round(performance.now() - startedAt);
      this.#log.info('part ended', { part, ms });
    };
    const { https, running, node, store, control } = this.#parts;
    await attempt('HTTPS server', https?.close());
    this.#delay.stop();
    await attempt(
      'cluster',
      Promise.all(running).then(() => {}),
    );
    const isUp = await node?.up;
    await attempt('node', wasAsked && isUp ? node?.node.stop() : node?.node.leave());
    await attempt(
      'store',
      store?.then((opened) => opened?.close()),
    );
    await attempt('run file', removeRunFile(this.#home.runFile));
    this.#log.info('stopped');
    this.#resolveStopped();
    // The answer to whoever asked for the stop is on its way: close lets it out.
    control?.close();
  }

  async #makeNode(): Promise<NodeHost> {
    if (this.#settings.runtime === 'sim') {
      const { simNode } = await import('./sim-node.ts');
      return simNode(this.#settings, hostClock, hostPrng());
    }
    const { containerdNode } = await import('./containerd-node.ts');
    return containerdNode(this.#home, this.#settings, hostClock, this.#log, this.#tracer);
  }

  async #openStore(keys: StoreKeys): Promise<LevelStore<Stored>> {
    const store = await openLevelStore(this.#home.store, keys.codec(storedCodec));
    try {
      await keys.save();
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /** Goes on beside everything else, and at the next start if this one ends before. */
  async #encrypt(store: LevelStore<Stored>, keys: StoreKeys): Promise<void> {
    try {
      const count = await keys.finish(store);
      if (count > 0) this.#log.info('values encrypted', { count });
    } catch (error) {
      this.#log.error('values not encrypted', { error: String(error) });
    }
  }

  #certificates(node: NodeHost): Promise<Certificates> {
    const names = certificateNames(this.#settings, node.edges.machine);
    return ensureCertificates(this.#home.pki, names, this.#options.offered);
  }

  #cluster(
    node: NodeHost,
    store: LevelStore<Stored>,
    certificates: Certificates,
    tokenKeys: TokenKeys,
  ): Cluster {
    const { nodeName, podCidr, serviceCidr, port } = this.#settings;
    return new Cluster(
      {
        clock: hostClock,
        prng: hostPrng(),
        log: this.#log,
        tracer: this.#tracer,
        store,
        tokenKeys,
        metrics: hostMetrics(this.#delay),
        runtime: node.runtime,
        node: { ...node.edges, manifests: this.#manifests() },
        volumeFolders: node.volumeFolders,
      },
      {
        nodeName,
        podCidr,
        serviceCidr,
        eviction: evictionOptions(this.#settings),
        apiServiceIp: addressInCidr(serviceCidr, 1),
        advertise: { address: node.edges.machine.internalIp, port },
        rootCa: certificates.ca,
        platform: `${platform()}/${arch() === 'x64' ? 'amd64' : arch()}`,
      },
    );
  }

  #manifests(): HostManifests {
    const log = this.#log.with({ component: 'kubelet' });
    return new HostManifests(this.#home.manifests, parseYaml, hostClock, log);
  }

  #https(cluster: Cluster, { ca, server }: Certificates): HttpsServer {
    const { port } = this.#settings;
    return new HttpsServer(this.#delay.watch(cluster.handler), this.#log, {
      host: LISTEN_HOST,
      port,
      ...server,
      clientCa: ca,
      authenticate: (token) => cluster.authenticate(token),
    });
  }

  async #writeKubeconfig({ ca, admin }: Certificates): Promise<void> {
    const { kubeconfig, name } = this.#home;
    const access = { name, server: this.#url, ca, clientCert: admin.cert, clientKey: admin.key };
    await writeFile(`${kubeconfig}.new`, kubeconfigFor(access), { mode: 0o600 });
    await rename(`${kubeconfig}.new`, kubeconfig);
  }

  #control(
    node: NodeHost,
    store: LevelStore<Stored>,
    keys: StoreKeys,
    cluster: Cluster,
  ): Promise<Server> {
    const sources = { settings: this.#settings, server: this.#url, node, cluster };
    return serveControl(this.#home.controlSocket, {
      status: () => daemonStatus({ ...sources, state: this.#ready ? 'up' : 'starting' }),
      stop: () => {
        this.#stop.abort();
        return this.#stopped;
      },
      backup: (file) => keys.backup(store, file),
      rotateKey: () => keys.rotate(store),
    });
  }

  #describe(): RunningDaemon {
    return {
      pid: process.pid,
      processStart: processStart(process.pid) ?? '',
      version: PROA_VERSION,
      runtime: this.#settings.runtime,
      nodeName: this.#settings.nodeName,
      server: this.#url,
      controlSocket: this.#home.controlSocket,
    };
  }

  get #url(): string {
    return `https://${LOCAL_HOST}:${this.#settings.port}`;
  }
}
