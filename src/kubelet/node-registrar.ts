import { type Clock, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { nodes } from '../client/resources.ts';
import type { Node, NodeStatus } from '../generated/types.ts';
import { isReason } from '../objects/api-error.ts';
import type { Machine } from './edges.ts';
import type { PressureCondition } from './eviction/pressure.ts';
import type { Reserved } from './eviction/thresholds.ts';
import {
  type NodeFacts,
  type NodeIdentity,
  newNode,
  nodeLabels,
  nodeStatus,
} from './node-object.ts';
import type { Runtime, RuntimeVersion } from './runtime.ts';
import { isEqual } from './status-patch.ts';

/** An unchanged status is written again after this: upstream's nodeStatusReportFrequency. */
const HEARTBEAT_MS = 300_000;
const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 7_000;

/** What is said when a condition becomes True, and when it is False (again). */
const PRESSURE_EVENTS: Readonly<Record<string, readonly [string, string]>> = {
  MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
  DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'],
  PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'],
};

/** Keeps the Node object: registers it, and writes its status upon change and every 5 minutes. */
export class NodeRegistrar {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #runtime: Runtime;
  readonly #recorder: EventRecorder;
  readonly #identity: NodeIdentity;
  readonly #machine: Machine;
  readonly #reserved: Reserved;
  readonly #pressure: () => ReadonlySet<PressureCondition>;
  #version: RuntimeVersion = { name: '', version: '', handlers: [] };
  #written: { status: NodeStatus; at: number } | null = null;

  constructor(parts: {
    client: Client;
    clock: Clock;
    log: Log;
    runtime: Runtime;
    recorder: EventRecorder;
    identity: NodeIdentity;
    machine: Machine;
    reserved: Reserved;
    pressure: () => ReadonlySet<PressureCondition>;
  }) {
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#runtime = parts.runtime;
    this.#recorder = parts.recorder;
    this.#identity = parts.identity;
    this.#machine = parts.machine;
    this.#reserved = parts.reserved;
    this.#pressure = parts.pressure;
  }

  /** Registers the node; resolves when it stands in the API, or `signal` aborts. */
  async register(version: RuntimeVersion, signal: AbortSignal): Promise<void> {
    this.#version = version;
    this.#event('Starting', 'Starting kubelet.');
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await this.#tryRegister();
        this.#eventsOfStart();
        return;
      } catch (error) {
        this.#log.warn('node not registered, will be tried again', { error: String(error) });
        await sleep(this.#clock, Math.min(RETRY_MS_MIN * 2 ** failures, RETRY_MS_MAX), signal);
      }
    }
  }

  /** Looks at the runtime and writes the status if it has changed or is old. Never throws. */
  async refresh(): Promise<void> {
    try {
      const facts = await this.#facts();
      const before = this.#written;
      const now = this.#clock.now();
      const next = nodeStatus(this.#node, this.#identity.name, facts, before?.status, now);
      const isDue = before === null || now - before.at >= HEARTBEAT_MS;
      if (!isDue && isEqual(withoutTimes(before.status), withoutTimes(next))) return;
      await this.#write(next);
      const wasReady = isReady(before?.status);
      if (isReady(next) !== wasReady) this.#eventOfReady(next);
      for (const { type, status } of next.conditions ?? []) {
        const old = before?.status.conditions?.find((condition) => condition.type === type);
        if (old !== undefined && old.status !== status) this.#eventOfPressure(type, status);
      }
    } catch (error) {
      this.#log.warn('node status not written, will be tried again', { error: String(error) });
    }
  }

  async #tryRegister(): Promise<void> {
    const { name } = this.#identity;
    const facts = await this.#facts();
    const now = this.#clock.now();
    const old = await this.#present(name);
    const status = nodeStatus(this.#node, name, facts, old?.status, now);
    if (old === null) {
      await this.#client.create(nodes, newNode(this.#identity, this.#machine, status));
      // A creator's status may be dropped, as for any kind with a status.
    } else {
      const labels = nodeLabels(this.#identity, this.#machine);
      const { podCidr } = this.#identity;
      const spec = podCidr === '' || old.spec?.podCIDR ? {} : { podCIDR: podCidr };
      await this.#client.patch(nodes, { name }, 'merge', { metadata: { labels }, spec });
    }
    await this.#write(status);
  }

  async #present(name: string): Promise<Node | null> {
    try {
      return await this.#client.get(nodes, name);
    } catch (error) {
      if (isReason(error, 'NotFound')) return null;
      throw error;
    }
  }

  async #write(status: NodeStatus): Promise<void> {
    const target = { name: this.#identity.name, subresource: 'status' };
    // Of the lists with merge keys only addresses could keep old entries: replace them whole.
    const addresses = [...(status.addresses ?? []), { $patch: 'replace' }];
    await this.#client.patch(nodes, target, 'strategic', { status: { ...status, addresses } });
    this.#written = { status, at: this.#clock.now() };
  }

  get #node(): { machine: Machine; reserved: Reserved } {
    return { machine: this.#machine, reserved: this.#reserved };
  }

  async #facts(): Promise<NodeFacts> {
    const notReady = await this.#runtime.notReady().catch((error: unknown) => String(error));
    const images = await this.#runtime.listImages().catch(() => []);
    return { runtime: this.#version, notReady, images, pressure: this.#pressure() };
  }

  #eventsOfStart(): void {
    const { name } = this.#identity;
    for (const [, reason] of Object.values(PRESSURE_EVENTS)) {
      this.#event(reason, `Node ${name} status is now: ${reason}`);
    }
    if (this.#written !== null) this.#eventOfReady(this.#written.status);
  }

  #eventOfPressure(type: string, status: string): void {
    const [short, enough] = PRESSURE_EVENTS[type] ?? [];
    const reason = status === 'True' ? short : enough;
    if (reason === undefined) return;
    this.#event(reason, `Node ${this.#identity.name} status is now: ${reason}`);
  }

  #eventOfReady(status: NodeStatus): void {
    const reason = isReady(status) ? 'NodeReady' : 'NodeNotReady';
    this.#event(reason, `Node ${this.#identity.name} status is now: ${reason}`);
  }

  #event(reason: string, message: string): void {
    const { name } = this.#identity;
    // Upstream names the node by its name in the place of the uid.
    const target = { apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name } };
    this.#recorder.record(target, 'Normal', reason, message);
  }
}

function isReady(status: NodeStatus | undefined): boolean {
  return (
    status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  );
}

function withoutTimes(status: NodeStatus): NodeStatus {
  const conditions = status.conditions?.map(({ type, status, reason, message }) => ({
    type,
    status,
    reason,
    message,
  }));
  return { ...status, conditions };
}
