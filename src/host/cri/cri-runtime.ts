import { assert } from '../../base/assert.ts';
import type { ByteConnection, ProcessStreams } from '../../base/byte-streams.ts';
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type Tracer, traced } from '../../base/tracer.ts';
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
} from '../../kubelet/runtime.ts';
import { NO_FEATURES, RuntimeError } from '../../kubelet/runtime.ts';
import type { CallOptions, Channel, Method } from '../grpc/channel.ts';
import {
  containerConfigMessage,
  containerFrom,
  containerStatusFrom,
  imageFrom,
  resourcesMessage,
  sandboxConfigMessage,
  sandboxFrom,
  sandboxStatusFrom,
} from './convert.ts';
import { CONTAINER_STATES, CRI } from './cri-messages.ts';
import { streamEvents } from './events.ts';
import type { Execs } from './exec.ts';
import { endLeftTask, isLeftTask } from './left-task.ts';
import { PULL_IDLE_MS_MAX, pullStalls } from './pull-watch.ts';
import { forwardedPorts, notedPorts, withPorts } from './sandbox-ports.ts';
import type { StreamedExec } from './streamed-exec.ts';
import { toRuntimeError } from './to-runtime-error.ts';

/** Upstream's runtimeRequestTimeout; a sandbox may take twice as long. */
const CALL_MS_MAX = 120_000;
const CALLS = { group: 'containerd', name: 'CRI calls' };
const SANDBOX_MS_MAX = 2 * CALL_MS_MAX;
/** containerd tells of an exit before CRI knows it: the delays between looks, together 5 s. */
const EXIT_LOOKS_MS = [2, 4, 8, 15, 30, 60, 120, 240, 500, 1_000, 1_500, 1_500];

/** containerd's word, in a status, for a container in which the kernel killed so. */
const OOM_REASON = 'OOMKilled';

/** Forwards ports of the node into pods; `host/network` does it with nftables. */
export interface PortForwarding {
  open(sandboxId: string, ip: string, ports: SandboxConfig['portMappings']): Promise<void>;
  close(sandboxId: string): Promise<void>;
  has(sandboxId: string): boolean;
}

/** Forwards bytes into pods; `host/dial` does it from within their networks. */
export interface PodForwarding {
  forward(sandboxId: string, port: number, connection: ByteConnection): Promise<void>;
  /** A sandbox stops. */
  leave(sandboxId: string): void;
}

export interface CriRuntimeParts {
  readonly channel: Channel;
  readonly execs: Execs;
  streamedExec(id: string, streams: ProcessStreams): StreamedExec;
  readonly ports: PortForwarding;
  readonly forwarding: PodForwarding;
  /** Full name of the image of sandboxes. */
  readonly sandboxImage: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** What CRI's ContainerStatus leaves out. */
interface Origin {
  readonly sandboxId: string;
  readonly imageId: string;
}

/** The {@link Runtime} over CRI v1, as containerd serves it. */
export class CriRuntime implements Runtime {
  readonly #parts: CriRuntimeParts;
  /** One entry a container that exists. */
  readonly #origins = new Map<string, Origin>();
  /** Those of them in which the kernel has killed for want of memory. */
  readonly #outOfMemory = new Set<string>();

  constructor(parts: CriRuntimeParts) {
    this.#parts = parts;
  }

  async version(): Promise<RuntimeVersion> {
    const asked = [this.#call(CRI.version, {}), this.#call(CRI.status, {})] as const;
    const [{ runtimeName: name, runtimeVersion }, status] = await Promise.all(asked);
    const { features } = status;
    const handlers = status.runtimeHandlers.map((handler) => ({
      name: handler.name,
      features: handler.features ?? NO_FEATURES,
    }));
    const version = semanticVersion(runtimeVersion);
    return { name, version, handlers, ...(features === null ? {} : { features }) };
  }

  async notReady(): Promise<string> {
    const { status } = await this.#call(CRI.status, {});
    const missing = (status?.conditions ?? []).filter((condition) => !condition.status);
    return missing
      .map(({ type, reason, message }) => {
        const what = type === 'NetworkReady' ? 'container runtime network' : 'container runtime';
        return `${what} not ready: ${type}=false reason:${reason} message:${message}`;
      })
      .join(', ');
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const request = { config: sandboxConfigMessage(withPorts(config)) };
    const { podSandboxId: id } = await this.#call(CRI.runPodSandbox, request, SANDBOX_MS_MAX);
    await this.#openPorts(id, forwardedPorts(config));
    return id;
  }

  /** Opens the ports of sandboxes that an earlier process made, but did not come to open. */
  async openMissingPorts(): Promise<void> {
    for (const sandbox of await this.listSandboxes()) {
      if (!sandbox.ready || this.#parts.ports.has(sandbox.id)) continue;
      await this.#openPorts(sandbox.id, notedPorts(sandbox));
    }
  }

  async #openPorts(id: string, ports: SandboxConfig['portMappings']): Promise<void> {
    if (ports.length === 0) return;
    const { ips } = await this.sandboxStatus(id);
    await this.#parts.ports.open(id, ips[0] ?? '', ports);
  }

  async stopSandbox(id: string): Promise<void> {
    this.#parts.forwarding.leave(id);
    await this.#parts.ports.close(id);
    await this.#callIfThere(CRI.stopPodSandbox, { podSandboxId: id });
  }

  async removeSandbox(id: string): Promise<void> {
    this.#parts.forwarding.leave(id);
    await this.#parts.ports.close(id);
    await this.#remove(id, () => this.#callIfThere(CRI.removePodSandbox, { podSandboxId: id }));
  }

  async sandboxStatus(id: string): Promise<SandboxStatus> {
    const { status } = await this.#call(CRI.podSandboxStatus, { podSandboxId: id });
    assert(status !== null, 'CRI answered no sandbox status');
    return sandboxStatusFrom(status);
  }

  async listSandboxes(): Promise<readonly Sandbox[]> {
    return (await this.#call(CRI.listPodSandbox, {})).items.map(sandboxFrom);
  }

  async createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: SandboxConfig,
  ): Promise<string> {
    const { containerId } = await this.#call(CRI.createContainer, {
      podSandboxId: sandboxId,
      config: containerConfigMessage(config),
      sandboxConfig: { ...sandboxConfigMessage(sandbox), portMappings: [] },
    });
    this.#origins.set(containerId, { sandboxId, imageId: config.imageId });
    return containerId;
  }

  async startContainer(id: string): Promise<void> {
    await this.#call(CRI.startContainer, { containerId: id });
  }

  async updateContainer(id: string, resources: LinuxResources): Promise<void> {
    const linux = resourcesMessage(resources);
    await this.#call(CRI.updateContainerResources, { containerId: id, linux });
  }

  async stopContainer(id: string, graceMs: number): Promise<void> {
    const timeout = Math.ceil(Math.max(0, graceMs) / 1000);
    await this.#callIfThere(CRI.stopContainer, { containerId: id, timeout }, graceMs + CALL_MS_MAX);
  }

  async removeContainer(id: string): Promise<void> {
    await this.#remove(id, () => this.#callIfThere(CRI.removeContainer, { containerId: id }));
    this.#origins.delete(id);
    this.#outOfMemory.delete(id);
    this.#parts.execs.forget(id);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const { status } = await this.#call(CRI.containerStatus, { containerId: id });
    assert(status !== null, 'CRI answered no container status');
    if (!this.#origins.has(id)) await this.listContainers();
    const origin = this.#origins.get(id);
    const isOutOfMemory = this.#outOfMemory.has(id);
    const known = isOutOfMemory ? { ...status, reason: OOM_REASON } : status;
    return containerStatusFrom(known, origin?.sandboxId ?? '', origin?.imageId ?? '');
  }

  async listContainers(): Promise<readonly Container[]> {
    const { containers } = await this.#call(CRI.listContainers, {});
    const ids = new Set(containers.map((container) => container.id));
    for (const id of this.#origins.keys()) if (!ids.has(id)) this.#origins.delete(id);
    for (const id of this.#outOfMemory) if (!ids.has(id)) this.#outOfMemory.delete(id);
    for (const { id, podSandboxId, imageRef } of containers) {
      this.#origins.set(id, { sandboxId: podSandboxId, imageId: imageRef });
    }
    return containers.map(containerFrom);
  }

  async reopenLog(id: string): Promise<void> {
    await this.#call(CRI.reopenContainerLog, { containerId: id });
  }

  exec(id: string, command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    return this.#parts.execs.run(id, command, timeoutMs);
  }

  execStreams(id: string, command: readonly string[], streams: ProcessStreams): Promise<number> {
    return this.#parts.streamedExec(id, streams).run(command);
  }

  async attach(id: string, streams: ProcessStreams): Promise<void> {
    const { stdin, stdout, stderr, tty } = streams;
    const { url } = await this.#call(CRI.attach, {
      containerId: id,
      stdin: stdin !== null,
      stdout: stdout !== null,
      stderr: stderr !== null,
      tty,
    });
    await (await import('./attach.ts')).attach(url, streams);
  }

  forwardPort(sandboxId: string, port: number, connection: ByteConnection): Promise<void> {
    return this.#parts.forwarding.forward(sandboxId, port, connection);
  }

  async imageStatus(image: string): Promise<Image | null> {
    const answer = await this.#call(CRI.imageStatus, { image: { image } });
    return answer.image === null ? null : imageFrom(answer.image);
  }

  async listImages(): Promise<readonly Image[]> {
    const { sandboxImage } = this.#parts;
    return (await this.#call(CRI.listImages, {})).images.map((image) => {
      const isPinned = image.repoTags.includes(sandboxImage);
      return isPinned ? { ...imageFrom(image), pinned: true } : imageFrom(image);
    });
  }

  async pullImage(image: string, auth: RegistryAuth | null, signal: AbortSignal): Promise<string> {
    const { channel, clock } = this.#parts;
    const over = new AbortController();
    const stalled = new AbortController();
    void pullStalls(channel, clock, AbortSignal.any([signal, over.signal])).then((isSo) => {
      if (isSo) stalled.abort();
    });
    const either = AbortSignal.any([signal, stalled.signal]);
    try {
      const { imageRef } = await this.#call(CRI.pullImage, { image: { image }, auth }, 0, either);
      return imageRef;
    } catch (error) {
      if (!stalled.signal.aborted) throw error;
      const text = `no progress for ${PULL_IDLE_MS_MAX / 1000}s, the registry does not answer`;
      const message = `rpc error: code = DeadlineExceeded desc = failed to pull "${image}": ${text}`;
      throw new RuntimeError('timeout', message);
    } finally {
      over.abort();
    }
  }

  async removeImage(image: string): Promise<void> {
    await this.#callIfThere(CRI.removeImage, { image: { image } });
  }

  subscribe(listener: (event: RuntimeEvent) => void, signal: AbortSignal): void {
    const { channel, clock, log } = this.#parts;
    const emit = (event: RuntimeEvent) => {
      // CRI takes this event too, but writes it to disk first: its status may not show it yet.
      if (event.type === 'oom') this.#outOfMemory.add(event.id);
      if (event.type === 'exited') void this.#whenKnown(event, listener, signal);
      else listener(event);
    };
    void streamEvents(channel, clock, log, emit, signal);
  }

  /** Gives an exit on once CRI's status shows it: who looks then must not see it running. */
  async #whenKnown(
    event: RuntimeEvent,
    listener: (event: RuntimeEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (const delayMs of EXIT_LOOKS_MS) {
      if (!(await this.#stillRuns(event.id))) break;
      await sleep(this.#parts.clock, delayMs, signal);
      if (signal.aborted) return;
    }
    listener(event);
  }

  async #stillRuns(id: string): Promise<boolean> {
    try {
      const { status } = await this.#call(CRI.containerStatus, { containerId: id });
      const state = status === null ? 'unknown' : CONTAINER_STATES[status.state];
      // A quick command may end before CRI has even noted its start.
      return state === 'created' || state === 'running';
    } catch {
      return await this.sandboxStatus(id).then(
        (sandbox) => sandbox.ready,
        () => false,
      );
    }
  }

  /** Removes a container or sandbox, together with what a start that was cut off left in it. */
  async #remove(id: string, remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } catch (error) {
      if (!isLeftTask(error)) throw error;
      const { channel, log } = this.#parts;
      log.warn('ending a process that a start left behind', { id });
      await endLeftTask(channel, id).catch((cause) => {
        throw toRuntimeError(cause);
      });
      await remove();
    }
  }

  async #call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs = CALL_MS_MAX,
    signal?: AbortSignal,
  ): Promise<Response> {
    const { channel, tracer } = this.#parts;
    const options: CallOptions = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
    try {
      return await traced(tracer, CALLS, method.path.slice(method.path.lastIndexOf('/') + 1), () =>
        channel.unary(method, request, options),
      );
    } catch (error) {
      throw toRuntimeError(error);
    }
  }

  /** What does not exist has been stopped and removed already. */
  async #callIfThere<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    timeoutMs = CALL_MS_MAX,
  ): Promise<void> {
    try {
      await this.#call(method, request, timeoutMs);
    } catch (error) {
      if (!(error instanceof RuntimeError && error.code === 'notFound')) throw error;
    }
  }
}

/** Debian calls its build 1.6.20~ds1; node status shows a semantic version. */
function semanticVersion(version: string): string {
  return version.replace(/^v/, '').replace(/~.*$/, '');
}
