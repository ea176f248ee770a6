import { WorkQueue } from '../../base/work-queue.ts';
import type { Informer } from '../../client/informer.ts';
import { nodes as nodeResource, pods as podResource } from '../../client/resources.ts';
import type { Node, Pod, PodStatus } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { isTerminal, setPodCondition } from '../../objects/core/pod/conditions.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { type GarbageAction, MISSING_MS_MIN, planGarbage } from './plan-garbage.ts';

/** Ended pods kept for people to look at, as upstream. */
const ENDED_MAX = 12_500;
/** Changes are gathered for so long before pods are looked through. */
const GATHER_MS = 1_000;
/** The one key of the queue: each run looks at all pods. */
const ALL = 'all';

export interface PodGarbageOptions extends ControllerOptions {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly endedMax?: number;
}

/**
 * Removes pods that nobody else will: those of nodes that are gone, those deleted before they got
 * a node, and ended ones beyond a limit. It runs when one of these may have come about.
 */
export class PodGarbageCollector implements Controller {
  readonly #options: PodGarbageOptions;
  readonly #queue: WorkQueue;
  /** Bounded by the nodes that pods name. */
  readonly #missedAt = new Map<string, number>();
  #ended = 0;

  constructor(options: PodGarbageOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'pod-garbage' });
    this.#queue = new WorkQueue(options.clock, log, () => this.#sync());
  }

  async start(signal: AbortSignal): Promise<void> {
    const { pods, nodes } = this.#options;
    await Promise.all([pods.whenSynced(), nodes.whenSynced()]);
    if (signal.aborted) return;
    pods.subscribe({
      added: (pod) => this.#look(pod, undefined),
      updated: (pod, old) => this.#look(pod, old),
      deleted: (pod) => {
        if (isTerminal(pod)) this.#ended -= 1;
      },
    });
    nodes.subscribe({
      added: ({ metadata }) => this.#missedAt.delete(metadata.name ?? ''),
      deleted: ({ metadata }) => this.#miss(metadata.name ?? ''),
    });
    await aborted(signal);
    this.#queue.stop();
  }

  #look(pod: Pod, old: Pod | undefined): void {
    const wasTerminal = old !== undefined && isTerminal(old);
    if (isTerminal(pod) && !wasTerminal) this.#ended += 1;
    const { nodeName } = pod.spec;
    if (nodeName && this.#options.nodes.get(nodeName) === undefined) this.#miss(nodeName);
    const unscheduled = !nodeName && pod.metadata.deletionTimestamp;
    if (unscheduled || this.#ended > (this.#options.endedMax ?? ENDED_MAX)) {
      this.#queue.addAfter(ALL, GATHER_MS);
    }
  }

  #miss(nodeName: string): void {
    if (!this.#missedAt.has(nodeName)) {
      this.#missedAt.set(nodeName, this.#options.clock.monotonic());
    }
    this.#queue.addAfter(ALL, MISSING_MS_MIN);
  }

  async #sync(): Promise<void> {
    const { pods, nodes, clock, endedMax = ENDED_MAX } = this.#options;
    const now = clock.monotonic();
    const isNode = (name: string) => nodes.get(name) !== undefined;
    const actions = planGarbage({
      pods: pods.list(),
      isNode,
      missedAt: this.#missedAt,
      endedMax,
      now,
    });
    for (const action of actions) await this.#apply(action);
    // Nodes missed since the last run have their time still to come.
    for (const [name, missedAt] of this.#missedAt) {
      const leftMs = missedAt + MISSING_MS_MIN - now;
      if (leftMs > 0) this.#queue.addAfter(ALL, leftMs);
      else if (![...pods.list()].some(({ spec }) => spec.nodeName === name)) {
        this.#missedAt.delete(name);
      }
    }
  }

  async #apply({ type, pod }: GarbageAction): Promise<void> {
    const { client } = this.#options;
    const { name = '', namespace = '', uid } = pod.metadata;
    try {
      if (type === 'orphaned') {
        // The informer may lag behind: ask before the point of no return.
        if (await this.#nodeExists(pod.spec.nodeName ?? '')) return;
        if (!isTerminal(pod)) await this.#fail(pod);
      }
      await client.delete(podResource, name, namespace, { uid, gracePeriodSeconds: 0 });
    } catch (error) {
      if (!isReason(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  async #nodeExists(name: string): Promise<boolean> {
    try {
      await this.#options.client.get(nodeResource, name);
      return true;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      throw error;
    }
  }

  async #fail(pod: Pod): Promise<void> {
    const { client, clock } = this.#options;
    const { name = '', namespace = '', uid } = pod.metadata;
    const status: PodStatus = { phase: 'Failed' };
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
    };
    setPodCondition(status, condition, clock.now());
    const target = { name, namespace, subresource: 'status' };
    await client.patch(podResource, target, 'strategic', { metadata: { uid }, status });
  }
}
