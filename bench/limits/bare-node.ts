import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import type { Pod } from '../../src/generated/types.ts';
import { hostClock } from '../../src/host/clock.ts';
import { ContainerHost } from '../../src/host/containerd/container-host.ts';
import { containerdLayout } from '../../src/host/containerd/layout.ts';
import { parseMirror } from '../../src/host/containerd/mirrors.ts';
import { containerConfig } from '../../src/kubelet/container-config.ts';
import { NO_FEATURES } from '../../src/kubelet/runtime.ts';
import { sandboxConfig } from '../../src/kubelet/sandbox-config.ts';
import { BENCH_IMAGE, readyPod } from '../ready-pod.ts';

const POD_CIDR = '10.144.0.0/16';
const NODE_MEMORY_BYTES = 4 * 2 ** 30;
const DNS = {
  clusterDns: [],
  clusterDomain: 'cluster.local',
  node: { servers: [], searches: [], options: [] },
};

/** Homes of the containerds that were not removed yet, for an interrupt to find. */
const hosts = new Set<ContainerHost>();

/**
 * containerd with a pod network and no kubelet: what starts take when nothing is decided, told or
 * probed. {@link BareNode.open} makes one, `close` removes all of it.
 */
export class BareNode {
  readonly home: string;
  /** From nothing to a CRI that answers, in milliseconds. */
  readonly startMs: number;
  readonly #host: ContainerHost;
  readonly #imageId: string;

  private constructor(home: string, host: ContainerHost, startMs: number, imageId: string) {
    this.home = home;
    this.startMs = startMs;
    this.#host = host;
    this.#imageId = imageId;
  }

  /** @param mirrors `HOST=URL` of the registries that images come from */
  static async open(mirrors: readonly string[]): Promise<BareNode> {
    const home = await mkdtemp(join(tmpdir(), 'proa-bench-node-'));
    const host = new ContainerHost({
      home,
      podCidr: POD_CIDR,
      clusterCidr: POD_CIDR,
      mirrors: mirrors.map(parseMirror),
      clock: hostClock,
      log: silentLog,
    });
    hosts.add(host);
    await mkdir(join(home, 'logs'));
    const startedAt = performance.now();
    const stop = new AbortController();
    await host.start(stop.signal);
    const startMs = performance.now() - startedAt;
    const imageId = await host.runtime.pullImage(BENCH_IMAGE, null, stop.signal);
    return new BareNode(home, host, startMs, imageId);
  }

  get layout(): ReturnType<typeof containerdLayout> {
    return containerdLayout(this.home);
  }

  /** Makes a sandbox with its network, and starts the container of {@link readyPod} in it. */
  async startPod(name: string): Promise<{ readonly sandbox: string; readonly ms: number }> {
    const { runtime, cgroupRoot } = this.#host;
    const pod = JSON.parse(readyPod(name)) as Pod;
    const uid = randomUUID();
    Object.assign(pod.metadata, { namespace: 'default', uid });
    const logs = join(this.home, 'logs', name);
    await mkdir(join(logs, 'web'), { recursive: true });
    const startedAt = performance.now();
    const config = sandboxConfig(pod, 0, logs, DNS, `${cgroupRoot}/${uid}`);
    const sandbox = await runtime.runSandbox(config);
    const container = containerConfig(pod, pod.spec.containers[0]!, {
      attempt: 0,
      imageId: this.#imageId,
      env: new Map(),
      volumes: new Map(),
      subPaths: new Map(),
      hostsFile: '',
      messageFile: '',
      node: { memoryBytes: NODE_MEMORY_BYTES, isUnified: false },
      features: NO_FEATURES,
    });
    const id = await runtime.createContainer(sandbox, container, config);
    await runtime.startContainer(id);
    return { sandbox, ms: performance.now() - startedAt };
  }

  /** Starts `count` pods, `atOnce` at a time; answers how many milliseconds all took. */
  async startMany(count: number, atOnce: number): Promise<number> {
    const sandboxes: string[] = [];
    let next = 0;
    const starter = async () => {
      while (next < count) sandboxes.push((await this.startPod(`many-${next++}`)).sandbox);
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: atOnce }, starter));
    const ms = performance.now() - startedAt;
    await Promise.all(sandboxes.map((sandbox) => this.removePod(sandbox)));
    return ms;
  }

  async removePod(sandbox: string): Promise<void> {
    await this.#host.runtime.stopSandbox(sandbox);
    await this.#host.runtime.removeSandbox(sandbox);
  }

  async close(): Promise<void> {
    await this.#host.destroy();
    await rm(this.home, { recursive: true, force: true });
    hosts.delete(this.#host);
  }
}

/** Removes what an interrupted run has left. */
export async function destroyBareNodes(): Promise<void> {
  for (const host of hosts) await host.destroy();
}
