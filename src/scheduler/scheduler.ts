import { type Clock, sleep } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Prng } from '../base/prng.ts';
import { NO_TRACER, type Tracer, type Track, traced } from '../base/tracer.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import type {
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from '../generated/types.ts';
import { equalJson } from '../objects/core/immutable.ts';
import { isTerminal } from '../objects/core/pod/conditions.ts';
import { objectKey } from '../objects/meta.ts';
import { ClusterCache } from './cluster-cache.ts';
import { explain } from './explain.ts';
import type { Neighbourhood } from './neighbours/neighbourhood.ts';
import { nodeChanges } from './node-changes.ts';
import { demandOf } from './node-state.ts';
import { pickNode } from './pick-node.ts';
import { PodWriter } from './pod-writer.ts';
import { SchedulingQueue } from './scheduling-queue.ts';
import { ClaimBinder } from './volumes/claim-binder.ts';
import {
  type ClaimDecision,
  decideClaims,
  type VolumeView,
  volumeDemandOf,
} from './volumes/volume-demand.ts';

/** Bindings under way at once; the next pod waits for one to end. */
const BINDINGS_MAX = 64;
/** Attempts in a row before others in the process get a turn. */
const ATTEMPTS_PER_TURN = 64;

export interface SchedulerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly prng: Prng;
  /** Its component is the scheduler's name in events. */
  readonly recorder: EventRecorder;
  /** All pods and all nodes; whoever made them runs them. */
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly namespaces: Informer<Namespace>;
  readonly persistentVolumes: Informer<PersistentVolume>;
  readonly persistentVolumeClaims: Informer<PersistentVolumeClaim>;
  readonly storageClasses: Informer<StorageClass>;
  readonly tracer?: Tracer;
  /** Pods with another schedulerName are left alone. */
  readonly schedulerName?: string;
}

/** Finds a node for every pod that has none, one pod at a time, and binds pods to their nodes. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #name: string;
  readonly #tracer: Tracer;
  readonly #cache = new ClusterCache();
  readonly #queue: SchedulingQueue;
  readonly #writer: PodWriter;
  readonly #claims: ClaimBinder;
  readonly #volumes: VolumeView;
  readonly #neighbourhood: Neighbourhood;
  readonly #bindings = new Set<Promise<void>>();
  #wake: () => void = () => {};

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#name = options.schedulerName ?? 'default-scheduler';
    this.#tracer = options.tracer ?? NO_TRACER;
    this.#queue = new SchedulingQueue(options.clock, () => this.#wake());
    this.#writer = new PodWriter(options.client, options.clock, options.log, options.recorder);
    this.#claims = new ClaimBinder(options);
    this.#volumes = this.#claims.view((key) => this.#cache.usesClaim(key));
    this.#neighbourhood = this.#cache.neighbourhood((name) => options.namespaces.get(name));
  }

  /** Runs until `signal` aborts; resolves when it has ended. */
  async start(signal: AbortSignal): Promise<void> {
    const { pods, namespaces, nodes } = this.#options;
    nodes.subscribe({
      added: (node) => this.#nodeAdded(node),
      updated: (node, old) => this.#nodeUpdated(node, old),
      deleted: ({ metadata }) => this.#cache.removeNode(metadata.name ?? ''),
    });
    pods.subscribe({
      added: (pod) => this.#podChanged(pod, undefined),
      updated: (pod, old) => this.#podChanged(pod, old),
      deleted: (pod) => this.#podDeleted(pod),
    });
    namespaces.subscribe({
      updated: ({ metadata }, old) => {
        if (equalJson(metadata.labels, old.metadata.labels)) return;
        this.#queue.clusterChanged('neighbours');
      },
    });
    this.#claims.follow(() => this.#queue.clusterChanged('volumes'));
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    const informers = [pods, nodes, namespaces];
    await Promise.all([
      ...informers.map((informer) => informer.whenSynced()),
      this.#claims.whenSynced(),
    ]);
    await this.#run(signal);
    this.#claims.stop();
    this.#queue.stop();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let attempts = 0;
    while (!signal.aborted) {
      if (this.#bindings.size >= BINDINGS_MAX) await Promise.race(this.#bindings);
      const pod = this.#queue.pop();
      if (pod === undefined) {
        attempts = 0;
        await this.#idle(signal);
        continue;
      }
      this.#attempt(pod);
      attempts += 1;
      if (attempts % ATTEMPTS_PER_TURN === 0) await sleep(this.#options.clock, 0, signal);
    }
  }

  #idle(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = () => {};
        resolve();
      };
      if (signal.aborted) resolve();
    });
  }

  #attempt(pod: Pod): void {
    if (pod.metadata.deletionTimestamp) {
      this.#queue.remove(pod);
      this.#writer.skipped(pod);
      return;
    }
    const demand = demandOf(pod, volumeDemandOf(pod, this.#volumes), this.#neighbourhood);
    const picking = this.#tracer.span(trackOf(pod), 'scheduler: pick node');
    const pick = pickNode(demand, this.#cache.nodes(), this.#options.prng);
    picking.end({ outcome: pick.type });
    if (pick.type === 'none') {
      this.#queue.unschedulable(pod, pick.changes);
      this.#writer.unschedulable(pod, explain(pod, pick.rejections, pick.problem));
      return;
    }
    this.#cache.assume(demand, pick.name);
    const state = this.#cache.nodes().find(({ name }) => name === pick.name);
    const decisions = demand.volumes && state && decideClaims(demand.volumes, state.node);
    if (decisions?.length) {
      // It may wait long for its volumes: others need not wait with it.
      void this.#bindVolumes(pod, pick.name, decisions);
      return;
    }
    const binding = this.#bind(pod, pick.name);
    this.#bindings.add(binding);
    void binding.finally(() => this.#bindings.delete(binding));
  }

  async #bindVolumes(pod: Pod, nodeName: string, decisions: readonly ClaimDecision[]) {
    try {
      await this.#claims.bind(pod, nodeName, decisions);
    } catch (error) {
      if (this.#claims.isStopped) return;
      if (this.#known(pod) !== undefined) this.#writer.volumesFailed(pod, error);
      this.#notBound(pod);
      return;
    }
    await this.#bind(pod, nodeName);
  }

  async #bind(pod: Pod, nodeName: string): Promise<void> {
    const bound = await traced(this.#tracer, trackOf(pod), 'scheduler: bind', () =>
      this.#writer.bind(pod, nodeName),
    );
    if (!bound) this.#notBound(pod);
  }

  #known(pod: Pod): Pod | undefined {
    const known = this.#options.pods.get(objectKey(pod));
    return known?.metadata.uid === pod.metadata.uid ? known : undefined;
  }

  #notBound(pod: Pod): void {
    const latest = this.#known(pod);
    // The informer may know better by now: bound elsewhere, or gone.
    if (latest?.spec.nodeName) return;
    this.#cache.removePod(pod);
    if (latest === undefined) this.#queue.remove(pod);
    else {
      this.#queue.set(latest);
      this.#queue.failed(latest);
    }
    this.#queue.clusterChanged('pod-gone');
  }

  #nodeAdded(node: Node): void {
    this.#cache.setNode(node);
    this.#queue.clusterChanged('node-added');
  }

  #nodeUpdated(node: Node, old: Node): void {
    this.#cache.setNode(node);
    for (const change of nodeChanges(node, old)) this.#queue.clusterChanged(change);
  }

  #podChanged(pod: Pod, old: Pod | undefined): void {
    if (pod.spec.nodeName || isTerminal(pod)) {
      this.#queue.remove(pod);
      this.#cache.setPod(pod);
      const freed =
        isTerminal(pod) ||
        !equalJson(pod.spec.containers, old?.spec.containers) ||
        !equalJson(allocations(pod), old && allocations(old));
      if (old?.spec.nodeName && freed) this.#queue.clusterChanged('pod-gone');
      if (isOtherNeighbour(pod, old)) this.#queue.clusterChanged('neighbours');
      return;
    }
    // Assumed to be bound: what the API server answers decides.
    if (this.#cache.has(pod) || !this.#isOurs(pod)) return;
    if (old !== undefined && equalJson(pod.spec, old.spec)) this.#queue.set(pod);
    else {
      this.#tracer.mark(trackOf(pod), 'scheduler: queued');
      this.#queue.changed(pod);
    }
  }

  #podDeleted(pod: Pod): void {
    this.#queue.remove(pod);
    this.#claims.cancel(pod);
    this.#cache.removePod(pod);
    if (pod.spec.nodeName) this.#queue.clusterChanged('pod-gone');
  }

  #isOurs({ spec }: Pod): boolean {
    const gated = (spec.schedulingGates ?? []).length > 0;
    return !gated && (spec.schedulerName || 'default-scheduler') === this.#name;
  }
}

/** All that is told of a pod, here and by its node, stands together. */
function trackOf(pod: Pod): Track {
  return { group: 'pods', name: objectKey(pod) };
}

/** Whether others that choose their company may see a pod with a node otherwise than before. */
function isOtherNeighbour({ metadata }: Pod, old: Pod | undefined): boolean {
  return (
    !old?.spec.nodeName ||
    metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    !equalJson(metadata.labels, old.metadata.labels)
  );
}

/** What the kubelet has given the pod's containers. */
function allocations({ status }: Pod): unknown {
  return status?.containerStatuses?.map(({ allocatedResources }) => allocatedResources ?? null);
}
