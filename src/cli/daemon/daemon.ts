import { setMaxListeners } from 'node:events';
import { mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { arch, platform } from 'node:os';
import type { Log } from '../../base/log.ts';
import { Cluster } from '../../cluster.ts';
import { hostClock } from '../../host/clock.ts';
import { HttpsServer } from '../../host/https/server.ts';
import { type LevelStore, openLevelStore } from '../../host/level-store/level-store.ts';
import { hostMetrics } from '../../host/metrics.ts';
import { type Certificates, ensureCertificates } from '../../host/pki/certificates.ts';
import { hostPrng } from '../../host/prng.ts';
import { type Stored, storedCodec } from '../../storage/stored.ts';
import { PROA_VERSION } from '../../version.ts';
import { addressInCidr, type ClusterSettings } from '../cluster-file.ts';
import { serveControl } from '../control.ts';
import type { Home } from '../home.ts';
import { kubeconfigFor } from '../kubeconfig/kubeconfig.ts';
import type { Progress } from '../progress.ts';
import { processStartOf, removeRunFile, writeRunFile } from '../run-file.ts';
import { openDaemonLog } from './daemon-log.ts';
import { daemonStatus } from './daemon-status.ts';
import type { NodeHost } from './node-host.ts';
import { nodeReady } from './node-ready.ts';

/** The API listens on every address of the machine; who may use it, its certificate says. */
const LISTEN_HOST = '0.0.0.0';
const LOCAL_HOST = '127.0.0.1';

/**
 * Runs a cluster in this process until it is told to stop, by a signal or on its control socket.
 * Answers the exit code.
 *
 * @param report is told of each step; the last is `ready` or `failed`
 */
export async function runDaemon(
  home: Home,
  settings: ClusterSettings,
  report: (progress: Progress) => Promise<void>,
): Promise<number> {
  const { log, close } = openDaemonLog(home.daemonLog);
  const daemon = new Daemon(home, settings, log);
  try {
    await daemon.run(report);
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.error('stopping', { error: error instanceof Error ? error.stack : message });
    await report({ type: 'failed', message });
    return 1;
  } finally {
    close();
  }
}

class Daemon {
  readonly #home: Home;
  readonly #settings: ClusterSettings;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  #resolveStopped: () => void = () => {};

  constructor(home: Home, settings: ClusterSettings, log: Log) {
    this.#home = home;
    this.#settings = settings;
    this.#log = log;
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
  }

  async run(report: (progress: Progress) => Promise<void>): Promise<void> {
    const step = (name: string) => report({ type: 'step', name, ms: performance.now() });
    // Every loop of the cluster listens to it; there is no leak to warn of.
    setMaxListeners(0, this.#stop.signal);
    const stop = () => this.#stop.abort();
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    mkdirSync(this.#home.folder, { recursive: true, mode: 0o755 });

    const node = await this.#node();
    // Containers take longest to come up, so they begin first and are waited for last.
    const runtimeUp = node.start();
    runtimeUp.catch(() => {});
    const [certificates, store] = await Promise.all([
      this.#certificates(node),
      openLevelStore(this.#home.store, storedCodec),
    ]);
    const cluster = this.#cluster(node, store, certificates);
    const https = this.#https(cluster, certificates);
    await cluster.start(this.#stop.signal);
    await https.listen().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      const { port } = this.#settings;
      throw new Error(`port ${port} is in use by another program; choose one with --port`);
    });
    await this.#writeKubeconfig(certificates);
    const control = await this.#control(node, store, cluster);
    await step('API ready');

    const running = [cluster.runControlPlane(this.#stop.signal)];
    try {
      await runtimeUp;
      await step(`${this.#settings.runtime} ready`);
      running.push(cluster.runNode(this.#stop.signal));
      await nodeReady(cluster, this.#settings.nodeName, this.#stop.signal);
      if (!this.#stop.signal.aborted) {
        await report({ type: 'ready', node: this.#settings.nodeName, ms: performance.now() });
      }
      await Promise.all(running);
    } finally {
      this.#stop.abort();
      await this.#end(node, store, https, control, running);
    }
  }

  async #end(
    node: NodeHost,
    store: LevelStore<Stored>,
    https: HttpsServer,
    control: Server,
    running: Promise<void>[],
  ): Promise<void> {
    // Whatever one of them meets, the others are ended all the same.
    const attempt = async (part: string, work: Promise<void>) => {
      const startedAt = performance.now();
      await work.catch((error) => this.#log.error('not ended well', { part, error: `${error}` }));
      const ms = Math.round(performance.now() - startedAt);
      this.#log.info('part ended', { part, ms });
    };
    await attempt('HTTPS server', https.close());
    await attempt(
      'cluster',
      Promise.all(running).then(() => {}),
    );
    await attempt('node', node.stop());
    await attempt('store', store.close());
    await attempt('run file', removeRunFile(this.#home.runFile));
    this.#log.info('stopped');
    this.#resolveStopped();
    // The answer to whoever asked for the stop is on its way: close lets it out.
    control.close();
  }

  async #node(): Promise<NodeHost> {
    if (this.#settings.runtime === 'sim') {
      const { simNode } = await import('./sim-node.ts');
      return simNode(this.#settings, hostClock, hostPrng());
    }
    const { containerdNode } = await import('./containerd-node.ts');
    return containerdNode(this.#home, this.#settings, hostClock, this.#log);
  }

  #certificates(node: NodeHost): Promise<Certificates> {
    const { hostname, internalIp } = node.edges.machine;
    const service = 'kubernetes.default.svc';
    return ensureCertificates(this.#home.pki, {
      dnsNames: [
        'localhost',
        hostname,
        'kubernetes',
        'kubernetes.default',
        service,
        `${service}.cluster.local`,
      ],
      ipAddresses: [LOCAL_HOST, internalIp, addressInCidr(this.#settings.serviceCidr, 1)],
    });
  }

  #cluster(node: NodeHost, store: LevelStore<Stored>, certificates: Certificates): Cluster {
    const { nodeName, podCidr, serviceCidr, port } = this.#settings;
    return new Cluster(
      {
        clock: hostClock,
        prng: hostPrng(),
        log: this.#log,
        store,
        metrics: hostMetrics(),
        runtime: node.runtime,
        node: node.edges,
      },
      {
        nodeName,
        podCidr,
        serviceCidr,
        apiServiceIp: addressInCidr(serviceCidr, 1),
        advertise: { address: node.edges.machine.internalIp, port },
        rootCa: certificates.ca,
        platform: `${platform()}/${arch() === 'x64' ? 'amd64' : arch()}`,
      },
    );
  }

  #https(cluster: Cluster, { ca, server }: Certificates): HttpsServer {
    const options = { host: LISTEN_HOST, port: this.#settings.port, ...server, clientCa: ca };
    return new HttpsServer(cluster.handler, this.#log, options);
  }

  async #writeKubeconfig({ ca, admin }: Certificates): Promise<void> {
    const { kubeconfig, name } = this.#home;
    const access = { name, server: this.#url, ca, clientCert: admin.cert, clientKey: admin.key };
    await writeFile(`${kubeconfig}.new`, kubeconfigFor(access), { mode: 0o600 });
    await rename(`${kubeconfig}.new`, kubeconfig);
  }

  async #control(node: NodeHost, store: LevelStore<Stored>, cluster: Cluster): Promise<Server> {
    const { controlSocket, runFile } = this.#home;
    const control = await serveControl(controlSocket, {
      status: () => daemonStatus({ settings: this.#settings, server: this.#url, node, cluster }),
      stop: () => {
        this.#stop.abort();
        return this.#stopped;
      },
      backup: async (file) => {
        await store.backup(file);
      },
    });
    await writeRunFile(runFile, {
      pid: process.pid,
      processStart: processStartOf(process.pid) ?? '',
      version: PROA_VERSION,
      runtime: this.#settings.runtime,
      nodeName: this.#settings.nodeName,
      server: this.#url,
      controlSocket,
    });
    return control;
  }

  get #url(): string {
    return `https://${LOCAL_HOST}:${this.#settings.port}`;
  }
}
