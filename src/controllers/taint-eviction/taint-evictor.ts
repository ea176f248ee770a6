import { WorkQueue } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { pods as podResource } from '../../client/resources.ts';
import type { Node, Pod, PodStatus } from '../../generated/types.ts';
import { isReason } from '../../objects/api-error.ts';
import { equalJson } from '../../objects/core/immutable.ts';
import { setPodCondition } from '../../objects/core/pod/conditions.ts';
import { objectKey } from '../../objects/meta.ts';
import { aborted, type Controller, type ControllerOptions } from '../controller.ts';
import { planEviction } from './plan-eviction.ts';

/** Pods evicted at once, as upstream. */
const WORKERS_MAX = 8;

export interface TaintEvictorOptions extends ControllerOptions {
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  /** Its component is `taint-eviction-controller`. */
  readonly recorder: EventRecorder;
}

/** Deletes pods from nodes with taints NoExecute when they tolerate them no longer. */
export class TaintEvictor implements Controller {
  readonly #options: TaintEvictorOptions;
  readonly #queue: WorkQueue;
  /** When pods are due (monotonic ms), by uid. Bounded by the live pods. */
  readonly #dueAt = new Map<string, number>();

  constructor(options: TaintEvictorOptions) {
    this.#options = options;
    const log = options.log.with({ controller: 'taint-eviction' });
    this.#queue = new WorkQueue(options.clock, log, (key) => this.#sync(key), WORKERS_MAX);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { pods, nodes } = this.#options;
    await Promise.all([pods.whenSynced(), nodes.whenSynced()]);
    if (signal.aborted) return;
    pods.subscribe({
      added: (pod) => this.#look(pod),
      updated: (pod, old) => {
        const { nodeName, tolerations } = pod.spec;
        if (nodeName === old.spec.nodeName && equalJson(tolerations, old.spec.tolerations)) return;
        this.#look(pod);
      },
      deleted: ({ metadata }) => this.#dueAt.delete(metadata.uid ?? ''),
    });
    nodes.subscribe({
      updated: (node, old) => {
        if (!equalJson(node.spec.taints, old.spec.taints)) this.#lookAtAll(node);
      },
    });
    await aborted(signal);
    this.#queue.stop();
  }

  #lookAtAll({ metadata }: Node): void {
    for (const pod of this.#options.pods.list()) {
      if (pod.spec.nodeName === metadata.name) this.#look(pod);
    }
  }

  #look(pod: Pod): void {
    const { clock, nodes } = this.#options;
    const uid = pod.metadata.uid ?? '';
    const taints = nodes.get(pod.spec.nodeName ?? '')?.spec.taints ?? [];
    const delayMs = planEviction(pod, taints);
    if (delayMs === null) {
      if (this.#dueAt.delete(uid)) this.#record(pod, 'Cancelling deletion of');
      return;
    }
    // A longer tolerance found later does not extend the time that runs.
    const due = Math.min(clock.monotonic() + delayMs, this.#dueAt.get(uid) ?? Infinity);
    this.#dueAt.set(uid, due);
    this.#queue.addAfter(objectKey(pod), due - clock.monotonic());
  }

  async #sync(key: string): Promise<void> {
    const pod = this.#options.pods.get(key);
    const due = this.#dueAt.get(pod?.metadata.uid ?? '');
    if (pod === undefined || due === undefined) return;
    const leftMs = due - this.#options.clock.monotonic();
    if (leftMs > 0) this.#queue.addAfter(key, leftMs);
    else await this.#evict(pod);
  }

  async #evict(pod: Pod): Promise<void> {
    const { client, clock } = this.#options;
    const { name = '', namespace = '', uid } = pod.metadata;
    const status: PodStatus = {};
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    };
    setPodCondition(status, condition, clock.now());
    try {
      const target = { name, namespace, subresource: 'status' };
      await client.patch(podResource, target, 'strategic', { metadata: { uid }, status });
      this.#record(pod, 'Marking for deletion');
      await client.delete(podResource, name, namespace, { uid });
    } catch (error) {
      if (!isReason(error, 'NotFound', 'Conflict')) throw error;
    }
    this.#dueAt.delete(uid ?? '');
  }

  #record(pod: Pod, what: string): void {
    const { name, namespace } = pod.metadata;
    const message = `${what} Pod ${namespace}/${name}`;
    this.#options.recorder.record(pod, 'Normal', 'TaintManagerEviction', message);
  }
}
